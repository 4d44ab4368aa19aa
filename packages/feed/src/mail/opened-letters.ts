/** Letters that this node has opened, and that wait for its answers: those that are being made, and those for which there has to be something to tell. Pure. */
import type { Mail } from "../messages.ts";
import { LETTERS_MAX, PARKED_MAX } from "./limits.ts";
import { SharedRoom } from "./shared-room.ts";

/** The parts of a letter that its answer needs. */
interface Opened {
  readonly mail: Pick<Mail, "id" | "end" | "tokens">;
  /** The neighbour that has brought it. */
  readonly from: string;
  readonly answerKey: string;
  /** Monotonic milliseconds. */
  readonly until: number;
}

export class OpenedLetters {
  readonly #letters = new Map<number, Opened & { room: SharedRoom }>();
  readonly #answering = new SharedRoom(LETTERS_MAX);
  readonly #parked = new SharedRoom(PARKED_MAX);
  #last = 0;

  /** Whether a neighbour may bring one more. */
  hasRoom(from: string): boolean {
    return this.#answering.hasRoom(from, 1);
  }

  /** Takes a letter, and returns its number. The caller has asked for room. */
  add({ mail, from, ...rest }: Opened): number {
    const number = ++this.#last;
    // A copy of the tokens, so that a letter that waits keeps none of its other octets.
    const back = { id: mail.id, end: mail.end, tokens: Uint8Array.from(mail.tokens) };
    this.#letters.set(number, { mail: back, from, ...rest, room: this.#answering });
    this.#answering.take(from, 1);
    return number;
  }

  /** Has a letter wait in the room of those for which there is nothing to tell yet; false: its neighbour has too many there, and it stays where it is. */
  park(number: number): boolean {
    const letter = this.#letters.get(number);
    if (letter === undefined || !this.#parked.hasRoom(letter.from, 1)) return false;
    letter.room.release(letter.from, 1);
    this.#parked.take(letter.from, 1);
    letter.room = this.#parked;
    return true;
  }

  /** Lets go of a letter that is to be answered; undefined: it was, or has ended. */
  close(number: number): Opened | undefined {
    const letter = this.#letters.get(number);
    if (letter === undefined) return undefined;
    this.#letters.delete(number);
    letter.room.release(letter.from, 1);
    return letter;
  }

  /** Lets go of letters that have ended: they do in the order in which they came. */
  expire(now: number): void {
    for (const [number, { until }] of this.#letters) {
      if (now < until) return;
      this.close(number);
    }
  }
}
