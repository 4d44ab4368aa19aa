/** A vertex that answers questions of traces, among three links, and records its answers. */
import { LabelTable, LABEL_OPERATIONS, wordsOf, writeHeader, FORWARDING_DROP_NAMES } from "@florenetes/forwarding";
import { LINK_NONE, type StoppedQuestion } from "../../src/forwarding/interfaces.ts";
import { nodeSealing } from "../../src/trace/drivers/sealing.ts";
import { type AnswerSigner, TraceAnswers } from "../../src/trace/trace-answers.ts";
import type { ToldReason } from "../../src/trace/told-vertex.ts";
import { encodeQuestion, QUESTION_SIZE } from "../../src/trace/trace-message.ts";
import { config } from "../forwarding/recorder.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

/** The second label of link 2. */
export const TO_C_TOO = 113;

export class FakeVertex {
  now = 0;
  /** Why link 2 is down. */
  reason: ToldReason = { code: "", text: "" };
  readonly sent: { readonly link: number; readonly packet: Uint8Array }[] = [];
  readonly answers: TraceAnswers;
  readonly #turn: (() => void)[] = [];
  #count = 0;
  #areLinksGone = false;

  constructor(isTraceOff = false, signer: AnswerSigner = unsigned) {
    const links = new SlotMap(
      [...config.links].map(([number, link]) => [
        number,
        { ...link, isTraceOff, secondLabel: number === 2 ? TO_C_TOO : undefined },
      ]),
    );
    const table = new LabelTable({ ...config, links });
    this.answers = new TraceAnswers({
      vertex: "relay",
      config: () => ({ ...config, links: this.#areLinksGone ? new SlotMap() : links }),
      table: () => table,
      links: {
        isUp: (link) => link !== 2,
        mtu: () => 1_400,
        preferredMtu: () => 1_300,
        sinceMs: () => 5_000,
        reasonOf: () => this.reason,
      },
      origin: {
        sendFromHere: (link, packet, start, end) => {
          this.sent.push({ link, packet: packet.slice(start, end) });
          return true;
        },
        flush: () => {},
      },
      time: {
        now: () => this.now,
        wallClock: () => new Date(1_000_000 + this.now),
        wakeUps: { soon: (call) => void this.#turn.push(call), timer: () => ({ set: () => {}, close: () => {} }) },
      },
      sealing: nodeSealing((size) => new Uint8Array(size).fill(++this.#count)),
      signer,
    });
  }

  /** Takes all links away, as another config does. */
  removeLinks(): void {
    this.#areLinksGone = true;
  }

  /** Has a question for this vertex come over link 0. */
  ask(next: number, stopped: Partial<StoppedQuestion> = {}): void {
    this.answers.handleQuestion({ ...questionFor(next), ...stopped });
    for (const call of this.#turn.splice(0)) call();
  }
}

/** A link vertex that does not sign. */
const unsigned: AnswerSigner = { sign: (_, __, onSigned) => onSigned(undefined), signingChain: () => undefined };

/** The asker's sealing, and its key. */
export const asking: ReturnType<typeof nodeSealing> = nodeSealing((size) => new Uint8Array(size).fill(9));
export const ownKey: ReturnType<typeof asking.makeKey> = asking.makeKey();

/** A question that came over a neighbour's adjacency label, and has reached its vertex. */
export function questionFor(
  next: number,
  labels: readonly number[] = [77, LABEL_OPERATIONS],
  part = 0,
): StoppedQuestion {
  const packet = new Uint8Array(1_280);
  const payloadAt = writeHeader(packet, 0, 1, 2, wordsOf(labels));
  packet[3] = labels.length - 1;
  const question = { number: 7, part, labels, next, key: ownKey.publicKey };
  encodeQuestion(packet.subarray(payloadAt, payloadAt + QUESTION_SIZE), question);
  const cause = FORWARDING_DROP_NAMES.indexOf("operations");
  return { inLink: 0, outLink: LINK_NONE, cause, at: labels.length - 1, isGuessing: false, packet };
}
