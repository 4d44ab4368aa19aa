import { RateLimit } from "@florenetes/scheduling";
import { PortalCode } from "./codes.ts";
import type { PeerJudge, PeerQuestion } from "./judge.ts";
import { JUDGEMENTS_BURST, JUDGEMENTS_PER_SECOND } from "./limits.ts";
import type { PortalBody } from "./messages.ts";

/** Answers a link vertex's questions about peers at once, at a bounded rate: strangers can cause questions. */
export class PeerJudging {
  readonly #judge: PeerJudge | undefined;
  readonly #rate = new RateLimit(JUDGEMENTS_BURST, JUDGEMENTS_PER_SECOND);

  /** @param judge Undefined: nobody is judged here. */
  constructor(judge: PeerJudge | undefined) {
    this.#judge = judge;
  }

  /** The `judge_generation` of heartbeats; 0: nobody is judged. */
  get generation(): number {
    return this.#judge?.generation ?? 0;
  }

  /** Answers a question. Undefined: there were too many, and the link vertex asks again. */
  answer(question: PeerQuestion | undefined, now: number): PortalBody | undefined {
    if (this.#judge === undefined) return { kind: "unimplemented" };
    if (question === undefined) {
      const text = "the question names no role, no certificate, or not whom an acceptor has to be";
      return { kind: "error", code: PortalCode.invalidQuestion, text };
    }
    const { generation } = this.#judge;
    if (generation === 0) {
      const text = "this cluster vertex has no roots to judge by";
      return { kind: "error", code: PortalCode.notJudged, text };
    }
    if (!this.#rate.take(now)) return undefined;
    const verdict = this.#judge.judge(question);
    if ("code" in verdict)
      return { kind: "judge-answer", principal: "", name: "", goodUntil: 0, graceMs: 0, ...verdict, generation };
    return { kind: "judge-answer", ...verdict, code: "", text: "", generation };
  }
}
