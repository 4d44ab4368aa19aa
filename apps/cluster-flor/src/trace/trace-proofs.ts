import { type ContextCheck, contextCheck, decodeChain, hashChain } from "@florenetes/identity";
import { type PeerJudge, SIGN_CONTEXT } from "@florenetes/portal-api";
import type { AnswerProof, ChainPart } from "./answer-content.ts";
import { CHAINS_MAX, PART_MS, PART_QUESTIONS_MAX, PART_ROUNDS, WAITING_FOR_CHAIN_MAX } from "./limits.ts";
import type { NextQuestion } from "./path-trace.ts";
import type { ToldVertex } from "./told-vertex.ts";
import type { Proof } from "./trace-report.ts";

/** An answer with a signature. */
export interface SignedAnswer {
  readonly question: NextQuestion;
  readonly told: ToldVertex;
  readonly proof: AnswerProof;
  /** The digest that is signed. */
  readonly signed: Uint8Array;
}

/** A part of a chain that is to be asked for. */
export interface PartQuestion {
  /** The question whose answer names the chain: the same vertex is asked for the part. */
  readonly question: NextQuestion;
  /** From 1 on. */
  readonly part: number;
}

/** Takes the verdict on a hop's answer. */
export type ProofTaker = (hop: number, told: ToldVertex, proof: Proof, text: string) => void;

/** A chain as the judge has it. */
type Verdict = { readonly isSigned: ContextCheck } & ({ readonly name: string } | { readonly why: string });

interface ChainRecord {
  readonly hash: Uint8Array;
  /** The question to the vertex that has named the chain first, and is asked for it. */
  readonly question: NextQuestion;
  readonly parts: (Uint8Array | undefined)[];
  readonly waiting: SignedAnswer[];
  rounds: number;
  nextAt: number;
  /** A text: why the chain cannot be judged. */
  verdict: Verdict | string | undefined;
}

/**
 * Judges the signatures of the answers to one trace. Chains are asked for in parts, each chain once for the whole trace, and a vertex can make the trace keep
 * and ask only so much.
 */
export class TraceProofs {
  readonly #judge: PeerJudge;
  readonly #onProof: ProofTaker;
  readonly #chains = new Map<string, ChainRecord>();
  readonly #due: PartQuestion[] = [];
  #asked = 0;

  constructor(judge: PeerJudge, onProof: ProofTaker) {
    this.#judge = judge;
    this.#onProof = onProof;
  }

  /** Whether no part is waited for. */
  get isSettled(): boolean {
    return this.#due.length === 0 && [...this.#chains.values()].every(({ verdict }) => verdict !== undefined);
  }

  nextTimeout(): number {
    let next = Infinity;
    for (const { verdict, nextAt } of this.#chains.values()) if (verdict === undefined) next = Math.min(next, nextAt);
    return next;
  }

  handleAnswer(answer: SignedAnswer, now: number): void {
    const { proof, question } = answer;
    const key = keyOf(proof.chainHash);
    let record = this.#chains.get(key);
    if (record === undefined) {
      if (this.#chains.size >= CHAINS_MAX) return this.#tell(answer, "unverified", "there are too many certificates");
      const parts = Array.from({ length: proof.parts }, () => undefined);
      record = { hash: proof.chainHash, question, parts, waiting: [], rounds: 0, nextAt: now, verdict: undefined };
      this.#chains.set(key, record);
    }
    if (record.verdict !== undefined) return this.#verify(answer, record.verdict);
    if (record.waiting.length < WAITING_FOR_CHAIN_MAX) record.waiting.push(answer);
    this.handleTimeout(now);
  }

  /** A part has come; a part that was not asked for is ignored. */
  handlePart({ chainHash, part, parts, octets }: ChainPart): void {
    const record = this.#chains.get(keyOf(chainHash));
    if (record === undefined || record.verdict !== undefined || parts !== record.parts.length) return;
    record.parts[part - 1] ??= octets;
    if (record.parts.every((each) => each !== undefined)) this.#finish(record, this.#judged(record));
  }

  handleTimeout(now: number): void {
    for (const record of this.#chains.values()) {
      if (record.verdict !== undefined || now < record.nextAt) continue;
      const missing = record.parts.flatMap((octets, index) => (octets === undefined ? [index + 1] : []));
      const isTooMuch = this.#asked + missing.length > PART_QUESTIONS_MAX;
      if (record.rounds === PART_ROUNDS || isTooMuch) {
        this.#finish(record, "its certificate has not come");
        continue;
      }
      record.rounds++;
      record.nextAt = now + PART_MS;
      this.#asked += missing.length;
      for (const part of missing) this.#due.push({ question: record.question, part });
    }
  }

  pollQuestion(): PartQuestion | undefined {
    return this.#due.shift();
  }

  #judged({ parts, hash }: ChainRecord): Verdict | string {
    const chain = decodeChain(Buffer.concat(parts.map((octets) => octets!)));
    const leaf = chain?.[0];
    if (chain === undefined || leaf === undefined || Buffer.compare(hashChain(chain), hash) !== 0)
      return "its certificate has come broken";
    if (this.#judge.generation === 0) return "this vertex has no roots to judge by (`trust` in its config)";
    const verdict = this.#judge.judge({ presenter: "originator", peer: "", chain, isOpen: false });
    const isSigned = contextCheck(leaf, SIGN_CONTEXT);
    return "code" in verdict ? { isSigned, why: `${verdict.code}: ${verdict.text}` } : { isSigned, name: verdict.name };
  }

  #finish(record: ChainRecord, verdict: Verdict | string): void {
    record.verdict = verdict;
    for (const answer of record.waiting.splice(0)) this.#verify(answer, verdict);
  }

  #verify(answer: SignedAnswer, verdict: Verdict | string): void {
    if (typeof verdict === "string") return this.#tell(answer, "unverified", verdict);
    const { vertex } = answer.told;
    if (!verdict.isSigned(answer.signed, answer.proof))
      return this.#tell(answer, "forged", `an answer that names ${vertex} does not fit its signature`);
    if ("why" in verdict) return this.#tell(answer, "refused", verdict.why);
    if (verdict.name !== vertex)
      return this.#tell(answer, "forged", `an answer that names ${vertex} is signed by ${verdict.name}`);
    return this.#tell(answer, "signed", "");
  }

  #tell({ question, told }: SignedAnswer, proof: Proof, text: string): void {
    this.#onProof(question.hop, told, proof, text);
  }
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString("hex");
}
