/** The beacons and the mail that wait for one neighbour to take them. Pure. */
import { Budget } from "../budget.ts";
import type { Beacon, Mail } from "../messages.ts";
import { LETTERS_BURST, LETTERS_PER_SECOND, WAITING_MAX, WAITING_OCTETS_MAX } from "./limits.ts";
import { SharedRoom } from "./shared-room.ts";

interface Waiting {
  readonly mail: Mail;
  /** Monotonic milliseconds. */
  readonly until: number;
}

export class Outbox {
  /** Whether the neighbour reads here at present. Its streams are opened anew at times, and what waits is sent then. */
  isServed = true;
  /** The newest beacon of each reader that is to be passed on. */
  readonly #beacons = new Map<string, Beacon>();
  /** Answers and letters by the neighbours that have brought them, who take turns; empty: this node's own. */
  readonly #answers = new Map<string, Waiting[]>();
  readonly #letters = new Map<string, Waiting[]>();
  readonly #places = new SharedRoom(WAITING_MAX);
  readonly #octets = new SharedRoom(WAITING_OCTETS_MAX);
  /** Letters that the neighbour takes of this node: it would refuse more of them, whoever has written them. */
  readonly #pace: Budget;

  constructor(now: number) {
    this.#pace = new Budget(LETTERS_BURST, LETTERS_PER_SECOND, now);
  }

  putBeacon(beacon: Beacon): void {
    this.#beacons.set(beacon.node, beacon);
  }

  /** Whether the sender has room for one more of this size. */
  hasRoom(from: string, octets: number): boolean {
    return this.#places.hasRoom(from, 1) && this.#octets.hasRoom(from, octets);
  }

  /** The caller has asked for room. */
  putMail(mail: Mail, from: string, until: number): void {
    const lanes = mail.reader === "" ? this.#answers : this.#letters;
    const lane = lanes.get(from) ?? [];
    lane.push({ mail, until });
    lanes.set(from, lane);
    this.#places.take(from, 1);
    this.#octets.take(from, mail.sealed.length);
  }

  /** The next message to be sent; undefined: none waits, or letters wait until `opensAt`. */
  next(now: number): Beacon | Mail | undefined {
    for (const [node, beacon] of this.#beacons) {
      this.#beacons.delete(node);
      return beacon;
    }
    const answer = this.#take(this.#answers, now);
    if (answer !== undefined) return answer;
    const letter = this.#pace.isOpen(now) ? this.#take(this.#letters, now) : undefined;
    if (letter !== undefined) this.#pace.charge(1, now);
    return letter;
  }

  /** When letters that wait for the pace may be sent, in monotonic milliseconds; Infinity: none do. */
  opensAt(now: number): number {
    return this.#letters.size === 0 || this.#pace.isOpen(now) ? Number.POSITIVE_INFINITY : this.#pace.opensAt(now);
  }

  /** Takes mail of whose turn it is; what has ended meanwhile is let go of. */
  #take(lanes: Map<string, Waiting[]>, now: number): Mail | undefined {
    for (const [from, lane] of lanes) {
      lanes.delete(from);
      let found: Mail | undefined;
      while (found === undefined && lane.length > 0) {
        const { mail, until } = lane.shift()!;
        this.#places.release(from, 1);
        this.#octets.release(from, mail.sealed.length);
        if (now < until) found = mail;
      }
      // A neighbour that has had a turn stands behind all others.
      if (lane.length > 0) lanes.set(from, lane);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
