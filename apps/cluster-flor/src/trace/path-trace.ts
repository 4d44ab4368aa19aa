import { DropCause } from "@florenetes/forwarding";
import { ANSWER_MS, QUESTION_PACKET_SIZE, QUESTION_PACKET_SIZE_MAX, ROUND_MS } from "./limits.ts";
import type { ToldVertex } from "./told-vertex.ts";
import type { Proof, TraceHop } from "./trace-report.ts";

/** A question that is to be sent. */
export interface NextQuestion {
  /** Index of the hop. */
  readonly hop: number;
  /** The label that the hop is to explain; 0: none. */
  readonly next: number;
  /** Bytes of its packet. */
  readonly size: number;
}

/** A question that was sent, as its answer finds it. */
export interface SentQuestion extends NextQuestion {
  readonly at: number;
  /** Our wall clock at that time. */
  readonly wallAt: number;
}

export interface PathTraceOptions {
  readonly labels: readonly number[];
  /** Questions to each hop. */
  readonly rounds: number;
  /** Only the last hop is asked. */
  readonly isPing: boolean;
  /** Largest packet that the first link carries; 0: it is down, and nothing is sent. */
  readonly mtu: number;
}

interface HopRecord {
  told: ToldVertex | undefined;
  stopped: ToldVertex | undefined;
  proof: Proof;
  proofText: string;
  /** Why one of the answers is forged. */
  forged: string | undefined;
  sent: number;
  received: number;
  readonly rtts: number[];
  clockMs: number | undefined;
  large: { size: number; sent: number; received: number } | undefined;
}

/** Larger questions to one hop. */
const LARGE_QUESTIONS = 2;

/**
 * Traces one path: asks every hop in rounds, then asks each hop that answers once more, with packets as large as the links say that they
 * carry. The first round asks what each label means; later rounds ask no hop behind one at which the path is known to end.
 */
export class PathTrace {
  readonly #options: PathTraceOptions;
  readonly #hops: readonly HopRecord[];
  readonly #due: NextQuestion[] = [];
  #round = 0;
  #roundAt: number;
  /** Until then the last answers are waited for; undefined: something is still to be sent. */
  #endsAt: number | undefined;
  #isLargeAsked = false;

  constructor(options: PathTraceOptions, now: number) {
    this.#options = options;
    this.#hops = options.labels.map(() => ({
      told: undefined,
      stopped: undefined,
      proof: "unsigned",
      proofText: "",
      forged: undefined,
      sent: 0,
      received: 0,
      rtts: [],
      clockMs: undefined,
      large: undefined,
    }));
    this.#roundAt = now;
    if (options.mtu === 0) this.#endsAt = now;
    this.#isLargeAsked = options.isPing || options.mtu === 0;
  }

  /** Whether nothing more is sent or waited for. */
  isDone(now: number): boolean {
    return this.#due.length === 0 && this.#endsAt !== undefined && (now >= this.#endsAt || this.#isAllAnswered);
  }

  nextTimeout(): number {
    return this.#endsAt ?? this.#roundAt;
  }

  handleTimeout(now: number): void {
    if (now < this.nextTimeout()) return;
    if (this.#endsAt !== undefined) {
      if (!this.#isLargeAsked) this.#askLarge(now);
      return;
    }
    for (const hop of this.#hops.keys()) {
      if (this.#options.isPing && hop !== this.#hops.length - 1) continue;
      if (hop > this.#knownEnd) break;
      const isExplained = (this.#hops[hop]!.told?.meaning ?? "untold") !== "untold";
      this.#due.push({ hop, next: isExplained ? 0 : this.#options.labels[hop]!, size: QUESTION_PACKET_SIZE });
    }
    this.#round++;
    if (this.#round < this.#options.rounds) this.#roundAt = now + ROUND_MS;
    else this.#endsAt = now + ANSWER_MS;
  }

  pollTransmit(): NextQuestion | undefined {
    return this.#due.shift();
  }

  handleSent({ hop, size }: NextQuestion): void {
    const record = this.#hops[hop]!;
    if (size === QUESTION_PACKET_SIZE) record.sent++;
    else record.large!.sent++;
  }

  /** @param isSigned Its signature is judged by `handleProof`. */
  handleAnswer(question: SentQuestion, told: ToldVertex, isSigned: boolean, now: number): void {
    const record = this.#hops[question.hop]!;
    if (told.cause !== DropCause.operations) {
      if (question.size === QUESTION_PACKET_SIZE) record.stopped ??= told;
      return;
    }
    if (question.size !== QUESTION_PACKET_SIZE) {
      record.large!.received++;
      if (this.#isAllAnswered) this.#endsAt = now;
      return;
    }
    const rtt = now - question.at;
    record.received++;
    record.clockMs = told.clock - (question.wallAt + rtt / 2);
    record.rtts.push(rtt);
    const isExplained = record.told !== undefined && record.told.meaning !== "untold";
    // An unsigned claim does not replace a proven answer.
    const isBetter = isSigned || record.proof !== "signed";
    if ((!isExplained || told.meaning !== "untold") && isBetter) {
      record.told = told;
      record.proof = isSigned ? "unverified" : "unsigned";
    }
    if (this.#endsAt !== undefined && this.#isAllAnswered && !this.#isLargeAsked) this.#askLarge(now);
  }

  /** The signature of an answer was judged. A forged answer is reported of its hop, whatever other answers say. */
  handleProof(hop: number, told: ToldVertex, proof: Proof, text: string): void {
    const record = this.#hops[hop]!;
    if (proof === "forged") record.forged ??= text;
    else if (told === (record.told ?? record.stopped)) {
      record.proof = proof;
      record.proofText = text;
    }
  }

  hops(): readonly TraceHop[] {
    return this.#hops.map(
      ({ told, stopped, proof, proofText, forged, sent, received, rtts, clockMs, large }, index) => ({
        hop: index + 1,
        label: this.#options.labels[index]!,
        told: told ?? null,
        stopped: stopped ?? null,
        proof: forged === undefined ? proof : "forged",
        proofText: forged ?? proofText,
        sent,
        received,
        rttMs: rtts.length === 0 ? null : summaryOf(rtts),
        clockMs: clockMs === undefined ? null : Math.round(clockMs * 10) / 10,
        large: large ?? null,
      }),
    );
  }

  get #isAllAnswered(): boolean {
    return this.#hops.every(({ sent, received, large }) => {
      return received >= sent && (large === undefined || large.received >= large.sent);
    });
  }

  /** Index of the hop at which the path ends by what it says of its label; the last one's, as far as is known. */
  get #knownEnd(): number {
    const end = this.#hops.findIndex(({ told }) => {
      return told?.meaning === "unknown" || (told?.meaning === "link" && !told.isPermitted);
    });
    return end === -1 ? this.#hops.length - 1 : end;
  }

  /** The sizes of links are known now, as far as they have been told. */
  #askLarge(now: number): void {
    this.#isLargeAsked = true;
    let size = this.#options.mtu;
    for (const [hop, record] of this.#hops.entries()) {
      if (record.received > 0 && size > QUESTION_PACKET_SIZE) {
        const large = { hop, next: 0, size: Math.min(size, QUESTION_PACKET_SIZE_MAX) };
        record.large = { size: large.size, sent: 0, received: 0 };
        for (let i = 0; i < LARGE_QUESTIONS; i++) this.#due.push(large);
      }
      const mtu = record.told?.outLink?.mtu ?? 0;
      if (mtu > 0) size = Math.min(size, mtu);
    }
    this.#endsAt = this.#due.length === 0 ? now : now + ANSWER_MS;
  }
}

function summaryOf(rtts: readonly number[]): { min: number; mean: number; max: number } {
  const mean = rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length;
  const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
  return { min: rounded(Math.min(...rtts)), mean: rounded(mean), max: rounded(Math.max(...rtts)) };
}
