import {
  FORWARDING_DROP_NAMES,
  connectionHighOf,
  connectionLowOf,
  cursorOf,
  DropCause,
  headerSize,
  labelCountOf,
  labelOf,
  labelsOf,
  type LabelTable,
  LABEL_CONNECTION,
  Operation,
  payloadOf,
  setTrafficClass,
  trafficClassOf,
  wordOf,
  writeHeader,
} from "@florenetes/forwarding";
import { encodeChain, hashChain } from "@florenetes/identity";
import type { VertexSignature } from "@florenetes/portal-api";
import type { ProcessTime } from "@florenetes/scheduling";
import type { LinkConfig } from "../config/cluster-config.ts";
import type { Slots } from "../config/slot-map.ts";
import type { PacketOrigin, QuestionTaker, StoppedQuestion } from "../forwarding/interfaces.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import { AnswerBudget, originsOf } from "./answer-budget.ts";
import { type AnswerProof, chainParts, encodeAnswerContent, encodeChainPart } from "./answer-content.ts";
import { type ExchangeKey, SEAL_SIZE, type TraceSealing } from "./sealing.ts";
import { ANSWER_HEAD_SIZE, answerHead, decodeQuestion, type Question } from "./trace-message.ts";
import {
  encodeToldVertex,
  type Meaning,
  tellReason,
  type ToldLink,
  type ToldReason,
  type ToldVertex,
} from "./told-vertex.ts";

/** The state of the vertex's links. */
interface LinkFacts {
  isUp(link: number): boolean;
  mtu(link: number): number;
  preferredMtu(link: number): number;
  /** How long the link has been in its state, in milliseconds. */
  sinceMs(link: number, now: number): number;
  /** Why it is in that state; both texts are empty where there is nothing to say. */
  reasonOf(link: number): ToldReason;
}

export interface TraceAnswersOptions {
  readonly vertex: string;
  /** The links and services of the config that runs. */
  readonly config: () => {
    readonly links: Slots<Pick<LinkConfig, "portal" | "peer" | "label" | "secondLabel" | "isTraceOff">>;
    readonly services: Slots<{ readonly name: string }>;
  };
  readonly table: () => LabelTable;
  readonly links: LinkFacts;
  readonly origin: Pick<PacketOrigin, "sendFromHere" | "flush">;
  readonly time: ProcessTime;
  readonly sealing: TraceSealing;
  readonly signer: AnswerSigner;
}

/** Gets answers signed in the vertex's name by the link vertex of a portal. */
export interface AnswerSigner {
  /** `onSigned` gets undefined if there will be no signature, perhaps within this call. */
  sign(portal: number, content: Uint8Array, onSigned: (signed: VertexSignature | undefined) => void): void;
  /** The certificate chain of the last signature. */
  signingChain(portal: number): readonly Uint8Array[] | undefined;
}

/** Questions that came in over links, by what became of them. */
export interface AnswerCounts {
  answered: number;
  /** Not answered: there were too many over their link, or too many labels were tried over it. */
  limited: number;
  /** Not answered: their link's `trace` is off. */
  off: number;
  malformed: number;
}

/** The meaning of a label for packets of one link. */
type Explanation = Pick<ToldVertex, "meaning" | "isPermitted" | "outLink" | "outReason" | "service">;

const nothingTold: Explanation = {
  meaning: "untold",
  isPermitted: false,
  outLink: undefined,
  outReason: undefined,
  service: "",
};

/**
 * Answers questions of traces that stop at this vertex, each with one packet that is not larger, within the budget of its in-link, which
 * askers behind the link share. Questions are answered when the turn is over.
 */
export class TraceAnswers implements QuestionTaker {
  readonly counts: AnswerCounts = { answered: 0, limited: 0, off: 0, malformed: 0 };
  readonly #options: TraceAnswersOptions;
  readonly #budgets = new Map<number, AnswerBudget>();
  #waiting: StoppedQuestion[] = [];

  constructor(options: TraceAnswersOptions) {
    this.#options = options;
  }

  handleQuestion(question: StoppedQuestion): void {
    const { time, config } = this.#options;
    const link = config().links.get(question.inLink);
    // A link that is gone meanwhile leaves no neighbour to answer.
    if (link === undefined || link.isTraceOff === true) {
      this.counts.off++;
      return;
    }
    const origins = originsOf(question.packet, question.at ?? cursorOf(question.packet, 0));
    if (question.isGuessing || !this.#budgetOf(question.inLink).takeAnswer(origins, time.now())) {
      this.counts.limited++;
      return;
    }
    if (this.#waiting.push(question) === 1) time.wakeUps.soon(() => this.#answerAll());
  }

  #answerAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const question of waiting) this.#answer(question);
    this.#options.origin.flush();
  }

  #answer(stopped: StoppedQuestion): void {
    const { packet, inLink, outLink, cause } = stopped;
    const question = decodeQuestion(packet.subarray(payloadOf(packet, 0)));
    const isForUs = cause === DropCause.operations;
    const word = stopped.at ?? this.#wordRead(stopped, question);
    if (question === undefined || (isForUs && word !== labelCountOf(packet, 0) - 1)) {
      this.counts.malformed++;
      return;
    }
    const now = this.#options.time.now();
    const budget = this.#budgetOf(inLink);
    const label = outLink === LINK_NONE ? labelOf(packet, 0, word) : (question.labels[word] ?? 0);
    const asked = isForUs ? question.next : label;
    let told: Explanation = nothingTold;
    if (outLink !== LINK_NONE) told = { ...this.#lead("link", outLink, now), isPermitted: true };
    else if (asked !== 0) told = this.#explain(inLink, asked, now);
    const isMiss = told.meaning === "unknown" || (told.meaning === "link" && !told.isPermitted);
    const origins = originsOf(packet, stopped.at ?? cursorOf(packet, 0));
    const isTold = isMiss ? budget.takeMiss(origins, now) : budget.hasMisses(origins, now);
    if (!isTold) {
      told = nothingTold;
      // An answer to a dropped question would by itself tell that the label is known.
      if (!isForUs) {
        this.counts.limited++;
        return;
      }
    }
    if (question.part !== 0) {
      this.#sendPart(stopped, question, word);
      return;
    }
    const body: ToldVertex = {
      ...told,
      vertex: this.#options.vertex,
      clock: this.#options.time.wallClock().getTime(),
      cause,
      label,
      word,
      inLink: this.#tellLink(inLink, now),
    };
    this.#sendTold(stopped, question, word, encodeToldVertex(body));
  }

  /** Gets the answer signed, if a link vertex signs, and sends it. */
  #sendTold(stopped: StoppedQuestion, question: Question, word: number, told: Uint8Array): void {
    const { sealing, signer, origin } = this.#options;
    const { inLink } = stopped;
    const own = sealing.makeKey();
    const head = answerHead(question.number, own.publicKey);
    let isLater = false;
    signer.sign(this.#portalOf(inLink), sealing.digest(question.key, head, told), (signed) => {
      // The link may be gone meanwhile.
      if (isLater && !this.#options.config().links.has(inLink)) return;
      const proof = signed && proofOf(signed);
      const content = encodeAnswerContent({ told, proof });
      const isFitting = answerSize(word, content) <= stopped.packet.length;
      const fitting = isFitting ? content : encodeAnswerContent({ told, proof: undefined });
      this.#send(stopped, question, word, own, head, fitting);
      if (isLater) origin.flush();
    });
    isLater = true;
  }

  /** Sends a part of the chain by which answers over that link were signed last. */
  #sendPart(stopped: StoppedQuestion, question: Question, word: number): void {
    const { sealing, signer } = this.#options;
    const chain = signer.signingChain(this.#portalOf(stopped.inLink));
    const content = chain && encodeChainPart(hashChain(chain), encodeChain(chain), question.part);
    if (content === undefined) {
      this.counts.malformed++;
      return;
    }
    const own = sealing.makeKey();
    this.#send(stopped, question, word, own, answerHead(question.number, own.publicKey), content);
  }

  #portalOf(link: number): number {
    return this.#options.config().links.get(link)!.portal;
  }

  /** Seals an answer, and sends it back on the way that the question came. */
  #send(
    { packet, inLink }: StoppedQuestion,
    question: Question,
    word: number,
    own: ExchangeKey,
    head: Uint8Array,
    content: Uint8Array,
  ): void {
    const size = answerSize(word, content);
    const sealed = size > packet.length ? undefined : this.#options.sealing.seal(own, question.key, head, content);
    if (sealed === undefined) {
      this.counts.malformed++;
      return;
    }
    const out = new Uint8Array(size);
    const payloadAt = writeHeader(
      out,
      0,
      connectionHighOf(packet, 0),
      connectionLowOf(packet, 0),
      backFrom(packet, word),
    );
    setTrafficClass(out, 0, trafficClassOf(packet, 0, packet.length));
    out.set(head, payloadAt);
    out.set(sealed, payloadAt + head.length);
    this.#options.origin.sendFromHere(inLink, out, 0, size);
    this.counts.answered++;
  }

  /** The label word of a question that its out-link did not take: `pop` has moved the cursor behind it, `swap` has not. */
  #wordRead({ packet, outLink }: StoppedQuestion, question: Question | undefined): number {
    const cursor = cursorOf(packet, 0);
    if (cursor === 0 || outLink === LINK_NONE) return cursor;
    const own = labelsOf(this.#options.config().links.get(outLink));
    return own.includes(question?.labels[cursor - 1] ?? 0) ? cursor - 1 : cursor;
  }

  #explain(inLink: number, label: number, now: number): Explanation {
    const table = this.#options.table();
    const row = table.rowOf(inLink, label);
    if (row === -1) return { ...nothingTold, meaning: "unknown" };
    const { operation, target } = table.entry(row);
    switch (operation) {
      case Operation.pop:
        return { ...this.#lead("link", target, now), isPermitted: table.isPermitted(inLink, target) };
      case Operation.swap:
        return { ...this.#lead("lsp", target, now), isPermitted: true };
      case Operation.end:
        return { ...nothingTold, meaning: "lspEnd", isPermitted: true };
      default:
        return { ...nothingTold, meaning: "service", isPermitted: true, service: this.#serviceName(target) };
    }
  }

  #serviceName(service: number): string {
    return this.#options.config().services.get(service)?.name ?? "";
  }

  #lead(meaning: Meaning, outLink: number, now: number): Explanation {
    const told = this.#tellLink(outLink, now);
    const outReason = told.isUp ? undefined : tellReason(this.#options.links.reasonOf(outLink));
    return { ...nothingTold, meaning, outLink: told, outReason };
  }

  #tellLink(link: number, now: number): ToldLink {
    const { links, config } = this.#options;
    return {
      peer: config().links.get(link)?.peer ?? "",
      isUp: links.isUp(link),
      sinceMs: links.sinceMs(link, now),
      mtu: links.mtu(link),
      preferredMtu: links.preferredMtu(link),
    };
  }

  #budgetOf(inLink: number): AnswerBudget {
    let budget = this.#budgets.get(inLink);
    if (budget === undefined) {
      const { links } = this.#options.config();
      for (const link of this.#budgets.keys()) if (!links.has(link)) this.#budgets.delete(link);
      this.#budgets.set(inLink, (budget = new AnswerBudget()));
    }
    return budget;
  }
}

function answerSize(word: number, content: Uint8Array): number {
  return headerSize(word + 1) + ANSWER_HEAD_SIZE + content.length + SEAL_SIZE;
}

/** Undefined: the chain is too large to be asked for in parts. */
function proofOf({ scheme, signature, chainHash, chain }: VertexSignature): AnswerProof | undefined {
  const parts = chainParts(encodeChain(chain));
  return parts === undefined ? undefined : { scheme, signature, chainHash, parts };
}

/** Names the cause in an answer, or says that it is unknown here. */
export function causeName(cause: number): string {
  return FORWARDING_DROP_NAMES[cause] ?? "unknown";
}

/** The words of the reverse path from the word that was read last. */
function backFrom(packet: Uint8Array, word: number): Uint32Array {
  const words = new Uint32Array(word + 1);
  for (let i = 0; i < word; i++) words[i] = wordOf(packet, 0, word - 1 - i);
  words[word] = LABEL_CONNECTION << 12;
  return words;
}
