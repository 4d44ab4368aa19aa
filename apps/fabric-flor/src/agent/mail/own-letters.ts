/** Letters of a node to itself: a coordinator is an origin or a relay, too, and its own reader. They go nowhere, and are answered as all others are. Pure. */
import { type Answer, Conduct, type Done, type Letter, VerificationTurns } from "@florenetes/feed";
import type { Moment } from "../moment.ts";

/** The owner of letters of one kind, as `MailKind` has it. */
interface LetterOwner {
  readonly onLetter: (
    letter: Pick<Letter, "node" | "key" | "body"> & {
      readonly number: number;
      readonly from: string;
      readonly conduct: Conduct;
    },
    at: Moment,
  ) => Answer | "later" | "parked";
  readonly onDone: (done: Done, at: Moment) => void;
}

interface OwnLetter {
  readonly kind: LetterOwner;
  readonly body: Uint8Array;
  /** Monotonic milliseconds. */
  readonly until: number;
  isRead: boolean;
}

export class OwnLetters {
  readonly #sender: { readonly node: string; readonly key: string };
  readonly #letters = new Map<number, OwnLetter>();
  readonly #done: (Done & { readonly kind: LetterOwner })[] = [];
  #conduct: Conduct | undefined;
  /** Numbers below 0 are those of no letter that goes away. */
  #last = 0;

  /** @param sender The name of this node, and its key in hex */
  constructor(sender: { readonly node: string; readonly key: string }) {
    this.#sender = sender;
  }

  send(kind: LetterOwner, body: Uint8Array, answerMs: number, { now }: Moment): number {
    const number = --this.#last;
    this.#letters.set(number, { kind, body, until: now + answerMs, isRead: false });
    return number;
  }

  answer(number: number, answer: Answer): void {
    const letter = this.#letters.get(number);
    if (letter === undefined) return;
    this.#letters.delete(number);
    this.#done.push({ number, reader: this.#sender.node, answer, kind: letter.kind });
  }

  /** Has letters read that were sent, and their owners told of answers. */
  advance(at: Moment): void {
    this.#conduct ??= new Conduct(new VerificationTurns(), at.now);
    for (const [number, letter] of this.#letters) {
      if (letter.isRead && at.now < letter.until) continue;
      if (at.now >= letter.until) {
        this.#letters.delete(number);
        this.#done.push({ number, reader: this.#sender.node, answer: undefined, kind: letter.kind });
        continue;
      }
      letter.isRead = true;
      const { kind, body } = letter;
      const sender = this.#sender;
      const answer = kind.onLetter({ number, ...sender, body, from: sender.node, conduct: this.#conduct }, at);
      if (answer !== "later" && answer !== "parked") this.answer(number, answer);
    }
    for (const { kind, ...done } of this.#done.splice(0)) kind.onDone(done, at);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    if (this.#done.length > 0) return Number.NEGATIVE_INFINITY;
    const times = [...this.#letters.values()].map(({ isRead, until }) => (isRead ? until : Number.NEGATIVE_INFINITY));
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }
}
