import { PortalCode } from "./codes.ts";
import { REQUEST_INTERVAL_MS, REQUEST_INTERVAL_MS_MAX, REQUESTS_IN_FLIGHT_MAX } from "./limits.ts";
import type { LinkKey, LinkStatus, LinkWish } from "./link.ts";
import type { PortalBody } from "./messages.ts";
import { PINS_FEATURE } from "./pins.ts";
import { isSameStatus, keyText, noLink, unpinnedWish } from "./wish.ts";

/** The wish of a cluster vertex for one link, and the status of that link. */
export interface LinkRecord {
  readonly key: LinkKey;
  /** Undefined: the link is to be closed. */
  wish: LinkWish | undefined;
  /** The number of the request that asks for the wish; 0 until it is sent. */
  requestId: number;
  nextAt: number;
  intervalMs: number;
  /** Undefined: this attachment has told no status yet. */
  status: LinkStatus | undefined;
  /** The generation of the newest status that was told: an older one comes late. */
  generation: bigint;
}

/** The table of wishes, and the requests that are not answered yet: repeated, with back-off, a bounded number at a time. */
export class LinkRequests {
  readonly #records = new Map<string, LinkRecord>();
  /** Links whose request is not answered, in the order in which they were asked for. */
  readonly #pending = new Map<string, LinkRecord>();
  readonly #nextRequestId: () => number;
  #nextAt = Infinity;
  /** Whether the link vertex binds peers to pinned keys; undefined: it has not said so yet. */
  #knowsPins: boolean | undefined;

  /** @param nextRequestId Counts up over the life of the instance. */
  constructor(nextRequestId: () => number) {
    this.#nextRequestId = nextRequestId;
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** How many requests are not answered yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  get(key: LinkKey): LinkRecord | undefined {
    return this.#records.get(keyText(key));
  }

  /** The record of a link, unless it is to be closed. */
  wanted(key: LinkKey): LinkRecord | undefined {
    const record = this.get(key);
    return record?.wish && record;
  }

  /** Asks anew for the link as it is wanted; without a wish, or with pins that the link vertex does not know of, for its end. */
  want(key: LinkKey, wish: LinkWish | undefined, generation: bigint, now: number): LinkRecord {
    const text = keyText(key);
    const record = this.#records.get(text) ?? this.#newRecord(key, generation);
    record.wish = wish;
    this.#records.set(text, record);
    this.#ask(text, record, now);
    return record;
  }

  /** A new attachment: everything is asked for again. Returns the links that are refused here, since the link vertex does not know of pins. */
  restart(features: readonly string[], now: number): LinkStatus[] {
    this.#pending.clear();
    this.#knowsPins = features.includes(PINS_FEATURE);
    for (const [text, record] of this.#records) {
      record.generation = 0n;
      this.#ask(text, record, now);
    }
    return [...this.#records.values()].flatMap((record) => (this.#isAskable(record) ? [] : [record.status!]));
  }

  /** The attachment has ended: nothing is asked for, and nothing is known. */
  stop(): void {
    this.#nextAt = Infinity;
    this.#knowsPins = undefined;
    for (const record of this.#records.values()) record.status = undefined;
  }

  /** The record whose request this answers; a link that was to be closed is forgotten with that. */
  handleAnswer(requestId: number): LinkRecord | undefined {
    for (const [text, record] of this.#pending) {
      if (record.requestId !== requestId || requestId === 0) continue;
      this.#pending.delete(text);
      if (record.wish === undefined) this.#records.delete(text);
      return record;
    }
    return undefined;
  }

  /** Takes a refusal, and returns the status of the link; undefined: the link is not wanted any more. */
  handleRefusal(requestId: number, code: string, text: string): LinkStatus | undefined {
    const record = this.handleAnswer(requestId);
    if (record?.wish === undefined) return undefined;
    return (record.status = noLink(record.key, "refused", code, text));
  }

  /** Takes a status. True: it is news of a wanted link. The status of a link that is to be closed is kept: the link may be wanted again first. */
  handleStatus(generation: bigint, status: LinkStatus): boolean {
    const record = this.get(status);
    if (record === undefined || generation <= record.generation) return false;
    record.generation = generation;
    if (!this.#isAskable(record)) return false;
    if (record.status !== undefined && isSameStatus(record.status, status)) return false;
    record.status = status;
    return record.wish !== undefined;
  }

  forget(key: LinkKey): void {
    this.#records.delete(keyText(key));
    this.#pending.delete(keyText(key));
  }

  /** Sends what is due. */
  pump(now: number, send: (requestId: number, body: PortalBody) => void): void {
    let inFlight = 0;
    this.#nextAt = Infinity;
    for (const record of this.#pending.values()) {
      if (inFlight === REQUESTS_IN_FLIGHT_MAX) break;
      inFlight++;
      if (now >= record.nextAt) this.#sendOne(record, now, send);
      this.#nextAt = Math.min(this.#nextAt, record.nextAt);
    }
  }

  #newRecord(key: LinkKey, generation: bigint): LinkRecord {
    const { peer, tag } = key;
    const times = { nextAt: 0, intervalMs: REQUEST_INTERVAL_MS };
    return { key: { peer, tag }, wish: undefined, requestId: 0, ...times, status: undefined, generation };
  }

  #ask(text: string, record: LinkRecord, now: number): void {
    record.requestId = 0;
    record.nextAt = now;
    record.intervalMs = REQUEST_INTERVAL_MS;
    if (!this.#isAskable(record)) record.status = unpinnedWish(record.key);
    else if (record.status?.code === PortalCode.pinsUnsupported) record.status = undefined;
    this.#pending.delete(text);
    this.#pending.set(text, record);
  }

  #isAskable({ wish }: LinkRecord): boolean {
    return wish?.pins === undefined || this.#knowsPins !== false;
  }

  #sendOne(record: LinkRecord, now: number, send: (requestId: number, body: PortalBody) => void): void {
    if (record.requestId === 0) record.requestId = this.#nextRequestId();
    const { key, wish } = record;
    const isWanted = wish !== undefined && this.#isAskable(record);
    send(record.requestId, isWanted ? { kind: "open-link", wish } : { kind: "close-link", key });
    record.nextAt = now + record.intervalMs;
    record.intervalMs = Math.min(record.intervalMs * 2, REQUEST_INTERVAL_MS_MAX);
  }
}
