/** The readers of mail that a node knows by their beacons, and the neighbours over which they are reached. Pure. */
import { Budget } from "../budget.ts";
import type { Beacon } from "../messages.ts";
import { isBeaconBy } from "./beacon.ts";
import {
  BEACONS_BURST,
  BEACONS_PER_SECOND,
  CLOCK_MS,
  READER_KEY_MS,
  READER_MS,
  READERS_MAX,
  WAY_MS,
  WAYS_MAX,
} from "./limits.ts";

/** A time by both clocks: monotonic milliseconds, and milliseconds since 1970. */
export interface MailTime {
  readonly now: number;
  readonly wall: number;
}

/** Whom records let read mail. */
export interface Believed {
  /** The node's Ed25519 key: 64 lower-case hex digits. */
  readonly key: string;
  /** Bits of `Offer`. */
  readonly offers: number;
}

/** A neighbour that has brought a reader's beacons. */
export interface Way {
  readonly peer: string;
  /** The time in the last beacon that it has brought. */
  time: number;
  /** Letters that went over it to this reader of late and were not answered. */
  silences: number;
}

export interface Reader {
  readonly node: string;
  /** The node's key, by which its beacon is signed. */
  nodeKey: string;
  beacon: Beacon;
  /** The roles that its beacon says and records let it have. */
  offers: number;
  /** When its newest beacon came first, in monotonic milliseconds. */
  heardAt: number;
  /** The neighbour that brought the newest beacon first, and then others. */
  ways: Way[];
  /** Letters of late that were not answered. */
  silences: number;
  /** When this node wrote to it last, in monotonic milliseconds; -Infinity: never. */
  askedAt: number;
  readonly pace: Budget;
}

/** The outcome of a beacon. `copy`: it is known, and the neighbour is another way. All others but `news` are refused. */
export type BeaconVerdict =
  | "news"
  | "copy"
  | "own"
  | "older"
  | "time"
  | "unknown"
  | "too-often"
  | "full"
  | "signature"
  | "void";

export interface ReadersOptions {
  readonly cluster: string;
  readonly node: string;
  /** Undefined: no record in force lets it read mail. */
  readonly believed: (node: string, wall: number) => Believed | undefined;
}

export class Readers {
  /**
   * This node is to be spared: it takes beacons that say the same no more often, in milliseconds, and passes none on to neighbours that have others bring them; 0: it is as
   * any other node.
   */
  beaconMs = 0;
  readonly #options: ReadersOptions;
  readonly #readers = new Map<string, Reader>();

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  /** Readers whose beacons are believed and have come of late. */
  known(now: number): readonly Reader[] {
    this.#forgetSilent(now);
    return [...this.#readers.values()];
  }

  get(node: string, now: number): Reader | undefined {
    this.#forgetSilent(now);
    return this.#readers.get(node);
  }

  /** When a reader was heard last, in monotonic milliseconds: where this node takes its beacons more rarely, it is heard until the next one is due. Undefined: it is not known. */
  heardAt(node: string, now: number): number | undefined {
    const reader = this.get(node, now);
    return reader === undefined ? undefined : Math.min(now, reader.heardAt + this.beaconMs);
  }

  /** The outcome of a beacon as far as it is known before its signature was verified: that of `news` is to be. */
  look(beacon: Beacon, { now, wall }: MailTime): BeaconVerdict {
    const { node, time, end } = beacon;
    if (node === this.#options.node) return "own";
    this.#forgetSilent(now);
    const known = this.#readers.get(node);
    if (known !== undefined && time <= known.beacon.time) {
      const isCopy = time === known.beacon.time && beacon.signature === known.beacon.signature;
      return isCopy ? "copy" : "older";
    }
    if (Math.abs(time - wall) > CLOCK_MS || end <= wall || end - time > READER_KEY_MS) return "time";
    if (this.#options.believed(node, wall) === undefined) return "unknown";
    if (known?.pace.isOpen(now) === false) return "too-often";
    return known === undefined && this.#readers.size >= READERS_MAX ? "full" : "news";
  }

  /** Takes a beacon of a neighbour: its signature is verified where it is news. */
  handle(beacon: Beacon, peer: string, at: MailTime): BeaconVerdict {
    const verdict = this.look(beacon, at);
    if (verdict === "copy") this.#handleCopy(this.#readers.get(beacon.node)!, beacon, peer);
    if (verdict !== "news") return verdict;
    const { cluster, believed } = this.#options;
    const { key, offers } = believed(beacon.node, at.wall)!;
    if (!isBeaconBy(key, cluster, beacon)) return "signature";
    const reader = this.#readers.get(beacon.node) ?? newReader(beacon, at.now);
    // A reader that is heard may answer again, and so may a way to it: both are tried from time to time.
    reader.silences >>= 1;
    for (const way of reader.ways) way.silences >>= 1;
    reader.nodeKey = key;
    reader.beacon = beacon;
    reader.offers = beacon.offers & offers;
    reader.heardAt = at.now;
    reader.pace.charge(1, at.now);
    this.#readers.set(beacon.node, reader);
    const former = reader.ways.find((way) => way.peer === peer);
    const others = reader.ways.filter((way) => way !== former && way.time > beacon.time - this.#wayMs);
    reader.ways = [{ peer, time: beacon.time, silences: former?.silences ?? 0 }, ...others].slice(0, WAYS_MAX);
    return "news";
  }

  /** Whether a neighbour needs no beacon of a reader from here: it has brought this one or, where this node is to be spared, others of late. */
  isKnownTo(peer: string, { ways, beacon }: Reader, from: string): boolean {
    if (peer === from) return true;
    return this.beaconMs > 0 && ways.some((way) => way.peer === peer && way.time > beacon.time - this.#wayMs);
  }

  /** Records have changed: readers that are not believed any more are forgotten. */
  handleRecords(wall: number): void {
    for (const [node, reader] of this.#readers) {
      const believed = this.#options.believed(node, wall);
      if (believed?.key !== reader.nodeKey) this.#readers.delete(node);
      else reader.offers = reader.beacon.offers & believed.offers;
    }
  }

  handlePeerGone(peer: string): void {
    for (const reader of this.#readers.values()) reader.ways = reader.ways.filter((way) => way.peer !== peer);
  }

  /** Hops are not signed, and nothing else of a copy is verified: so its hops alone are taken, where they are fewer. */
  #handleCopy(reader: Reader, { hops, time }: Beacon, peer: string): void {
    if (hops < reader.beacon.hops) reader.beacon = { ...reader.beacon, hops };
    this.#noteWay(reader, peer, time);
  }

  #noteWay(reader: Reader, peer: string, time: number): void {
    const known = reader.ways.find((way) => way.peer === peer);
    if (known !== undefined) known.time = time;
    else if (reader.ways.length < WAYS_MAX) reader.ways.push({ peer, time, silences: 0 });
  }

  get #wayMs(): number {
    return WAY_MS + this.beaconMs;
  }

  #forgetSilent(now: number): void {
    const silentMs = READER_MS + this.beaconMs;
    for (const [node, { heardAt }] of this.#readers) if (now - heardAt >= silentMs) this.#readers.delete(node);
  }
}

function newReader(beacon: Beacon, now: number): Reader {
  const pace = new Budget(BEACONS_BURST, BEACONS_PER_SECOND, now);
  const fresh = { nodeKey: "", offers: 0, heardAt: now, ways: [], silences: 0, askedAt: Number.NEGATIVE_INFINITY };
  return { node: beacon.node, beacon, ...fresh, pace };
}
