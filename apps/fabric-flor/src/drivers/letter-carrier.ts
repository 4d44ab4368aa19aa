import type { Answer } from "@florenetes/feed";
import type { Agent } from "../agent/agent.ts";
import type { LetterOrder } from "../agent/mail/letter-orders.ts";
import type { ProgramLetter } from "../agent/mail/program-letters.ts";
import type { Moment } from "../agent/moment.ts";

export interface LetterCarrierOptions {
  /** Tells the agent something, and does what it says. */
  readonly tell: <Result>(act: (agent: Agent, at: Moment) => Result) => Result;
}

/** `due`: letters have come, or the time is over. */
type WaitEnd = "due" | "displaced" | "closed";

/** Has programs at the admin socket wait for letters, and for answers to their own. */
export class LetterCarrier implements Disposable {
  readonly #tell: LetterCarrierOptions["tell"];
  /** Everybody who waits for an answer, by the numbers of their letters. */
  readonly #sent = new Map<number, (answer: Answer | undefined) => void>();
  /** The one who waits for letters. */
  #asking: { readonly timer: NodeJS.Timeout; readonly end: (why: WaitEnd) => void } | undefined;

  constructor({ tell }: LetterCarrierOptions) {
    this.#tell = tell;
  }

  /** Sends a letter to a node, and waits for its answer; undefined: nobody has given one within a minute or so. */
  async send(to: string, body: Uint8Array): Promise<Answer | "no-way" | "busy" | undefined> {
    let answered: Promise<Answer | undefined> | undefined;
    const sent = this.#tell((agent, at) => {
      const number = agent.letters.send(to, body, at);
      if (typeof number === "number") answered = new Promise((done) => this.#sent.set(number, done));
      return number;
    });
    return typeof sent === "number" ? answered : sent;
  }

  /** Gives letters that have come; none: none has for so long. `displaced`: somebody else asks by now. */
  async receive(waitMs: number): Promise<readonly ProgramLetter[] | "displaced"> {
    this.#endAsking("displaced");
    const there = this.#take();
    if (there.length > 0) return there;
    const why = await new Promise<WaitEnd>((end) => {
      this.#asking = { timer: setTimeout(() => this.#endAsking("due"), waitMs), end };
    });
    if (why === "displaced") return why;
    return why === "due" ? this.#take() : [];
  }

  /** Answers a letter; false: it does not wait for an answer any more. */
  answer(number: number, answer: Answer): boolean {
    return this.#tell((agent, at) => agent.letters.answer(number, answer, at));
  }

  perform(order: LetterOrder): void {
    if (order.kind === "come") return this.#endAsking("due");
    this.#sent.get(order.number)?.(order.answer);
    this.#sent.delete(order.number);
  }

  [Symbol.dispose](): void {
    this.#endAsking("closed");
    for (const done of this.#sent.values()) done(undefined);
    this.#sent.clear();
  }

  #take(): readonly ProgramLetter[] {
    return this.#tell((agent, at) => agent.letters.take(at));
  }

  #endAsking(why: WaitEnd): void {
    const { timer, end } = this.#asking ?? {};
    this.#asking = undefined;
    clearTimeout(timer);
    end?.(why);
  }
}
