/** The beacons and the mail that wait for one neighbour to take them. Pure. */
import { Budget } from "../budget.ts";
import type { Beacon, Mail } from "../messages.ts";
import { LETTERS_BURST, LETTERS_PER_SECOND, READERS_MAX, WAITING_MAX, WAITING_OCTETS_MAX } from "./limits.ts";
import { SharedRoom } from "./shared-room.ts";

interface Waiting {
  readonly mail: Mail;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** The part of a beacon whose change the neighbour hears of at once, and when it was told last: monotonic milliseconds. */
interface ToldBeacon {
  readonly text: string;
  readonly at: number;
}

export class Outbox {
  /** Whether the neighbour reads here at present. Its streams are opened anew at times, and what waits is sent then. */
  isServed = false;
  /** The neighbour takes beacons of one reader that say the same no more often, in milliseconds; 0: as often as they come. */
  #beaconMs = 0;
  /** The newest beacon of each reader that is to be passed on. */
  readonly #beacons = new Map<string, Beacon>();
  /** Beacons that the neighbour was told of, the one that was told last at the end. */
  readonly #told = new Map<string, ToldBeacon>();
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

  /** The neighbour reads here, and has said how often it takes beacons that say the same. */
  serve(beaconMs: number): void {
    this.isServed = true;
    this.#beaconMs = beaconMs;
    // A neighbour that begins to read may have begun anew, and know nothing of what it was told before.
    this.#told.clear();
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
    const beacon = this.#takeBeacon(now);
    if (beacon !== undefined) return beacon;
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

  #takeBeacon(now: number): Beacon | undefined {
    const beacon = this.#dueBeacon(now);
    if (beacon === undefined) return undefined;
    this.#beacons.delete(beacon.node);
    if (this.#beaconMs === 0) return beacon;
    this.#told.delete(beacon.node);
    this.#told.set(beacon.node, { text: essenceOf(beacon), at: now });
    for (const node of this.#told.keys()) {
      if (this.#told.size <= READERS_MAX) break;
      this.#told.delete(node);
    }
    return beacon;
  }

  /** A neighbour that is to be spared is told of all readers together: those of whom it was told for half of the time go along with one that is due, in front of it. */
  #dueBeacon(now: number): Beacon | undefined {
    if (this.#beaconMs === 0 || this.#beacons.size === 0) return this.#beacons.values().next().value;
    const beacons = [...this.#beacons.values()];
    const isOld = (part: number) => (beacon: Beacon) => this.#ageOf(beacon, now) >= part * this.#beaconMs;
    const due = beacons.filter(isOld(1));
    const [last] = due;
    return last && (beacons.filter(isOld(0.5)).find((beacon) => !due.includes(beacon)) ?? last);
  }

  /** How long ago the neighbour was told the same of this reader, in milliseconds; Infinity: never. */
  #ageOf(beacon: Beacon, now: number): number {
    const told = this.#told.get(beacon.node);
    return told === undefined || told.text !== essenceOf(beacon) ? Number.POSITIVE_INFINITY : now - told.at;
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

/** A reader that has another key has begun anew, and is to be told of this at once. */
function essenceOf({ offers, end, key }: Beacon): string {
  return `${offers} ${end} ${key}`;
}
