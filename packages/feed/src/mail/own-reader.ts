/** This node as a reader of mail: its beacons, and the keys that they name. Pure but for the randomness that it is given. */
import type { Signer } from "@florenetes/facts";
import type { Beacon, Mail } from "../messages.ts";
import { signBeacon } from "./beacon.ts";
import { type Letter, associatedOf, readLetter } from "./letter.ts";
import { BEACON_MS, CLOCK_MS, KEY_SIZE, READER_KEY_MS } from "./limits.ts";
import type { MailTime } from "./readers.ts";
import { type ExchangeKey, makeExchangeKey, open } from "./sealing.ts";

export interface OwnReaderOptions {
  readonly cluster: string;
  readonly node: string;
  readonly key: Pick<Signer, "sign">;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
}

interface ReaderKey {
  readonly exchange: ExchangeKey;
  /** Milliseconds since 1970. */
  readonly end: number;
}

/** A key gives way to the next one when it has so long to live: what was sealed for it is read meanwhile. */
const HANDOVER_MS = 3_600_000;

export class OwnReader {
  readonly #options: OwnReaderOptions;
  /** The newest one first: it stands in beacons. */
  #keys: readonly ReaderKey[] = [];
  #offers = 0;
  #beacon: Beacon | undefined;
  /** When the next beacon is due, in monotonic milliseconds; Infinity: never. */
  #beaconsAt: number = Number.POSITIVE_INFINITY;

  constructor(options: OwnReaderOptions) {
    this.#options = options;
  }

  /** The roles by which this node reads mail: bits of `Offer`; 0: it reads none. */
  get offers(): number {
    return this.#offers;
  }

  set offers(offers: number) {
    if (offers === this.#offers) return;
    this.#offers = offers;
    this.#beacon = undefined;
    if (offers === 0) this.#keys = [];
    this.#beaconsAt = offers === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** The last beacon that was made; undefined: there is none, or this node is no reader any more. */
  get beacon(): Beacon | undefined {
    return this.#beacon;
  }

  get beaconsAt(): number {
    return this.#beaconsAt;
  }

  /** A beacon that is due; undefined: none is. */
  poll(at: MailTime): Beacon | undefined {
    if (at.now < this.#beaconsAt) return undefined;
    this.#beaconsAt = at.now + BEACON_MS;
    const { cluster, node, key } = this.#options;
    const { exchange, end } = this.#keyAt(at.wall);
    // Others take nothing that is older than the last one, so that a clock may be put back a little; what is too far ahead they forget sooner than they take it.
    const last = this.#beacon?.time ?? 0;
    const time = last - at.wall < CLOCK_MS ? Math.max(at.wall, last + 1) : at.wall;
    const fields = {
      node,
      offers: this.#offers,
      time,
      end: Math.min(end, time + READER_KEY_MS),
      key: exchange.publicKey,
    };
    this.#beacon = signBeacon(cluster, fields, key);
    return this.#beacon;
  }

  /** The letter in mail for this node; undefined: no key of this node opens it, or its signature is wrong. */
  open(mail: Mail, wall: number): Letter | undefined {
    const context = { cluster: this.#options.cluster, ...mail };
    for (const { exchange, end } of this.#keys) {
      if (wall >= end) continue;
      const content = open("florenetes mail 1", exchange, mail.key, associatedOf(context), mail.sealed);
      if (content !== undefined) return readLetter(content, context);
    }
    return undefined;
  }

  #keyAt(wall: number): ReaderKey {
    this.#keys = this.#keys.filter(({ end }) => wall < end);
    const [first] = this.#keys;
    // A key that would live longer than a day was made by a clock that was ahead.
    const left = (first?.end ?? wall) - wall;
    if (first !== undefined && left > HANDOVER_MS && left <= READER_KEY_MS) return first;
    const next = { exchange: makeExchangeKey(this.#options.randomBytes(KEY_SIZE)), end: wall + READER_KEY_MS };
    this.#keys = [next, ...this.#keys].slice(0, 2);
    return next;
  }
}
