/**
 * The streams between this agent and those of its neighbours: it opens one to each, and reads there; those that others open it serves. It
 * performs no I/O: streams have numbers, which its owner has for the real ones.
 */
import type { Cursor } from "@florenetes/facts";
import {
  type Beacon,
  FeedReader,
  FeedSource,
  type JudgedAs,
  type Mail,
  type ReaderEvent,
  type SourceEvent,
  VerificationTurns,
} from "@florenetes/feed";
import { Deadlines } from "@florenetes/scheduling";
import { SOURCES_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { FeedLink, FeedOrder, FeedsOptions } from "./feed-orders.ts";
import { judgedAs } from "./judged.ts";
import { MovedCursors } from "./moved-cursors.ts";
import { Neighbour } from "./neighbour.ts";
import { Served } from "./served.ts";

/** Cursors wait so long for rows with which they are written. One that is lost has ids offered again, and no more. */
const CURSORS_MS = 1_000;
/** Codes of docs/protocol/transport.md. */
const NOT_ALLOWED = 0x04;
const STOPPING = 0x09;

export class Feeds {
  readonly #options: FeedsOptions;
  readonly #turns = new VerificationTurns();
  readonly #neighbours = new Map<string, Neighbour>();
  readonly #readers = new Map<number, Neighbour>();
  readonly #served = new Map<number, Served>();
  readonly #servedByPeer = new Map<string, Served>();
  /** The link over which each neighbour is reached: one that is up. */
  readonly #links = new Map<string, FeedLink>();
  /** When something is due with which neighbour … */
  readonly #times = new Deadlines<Neighbour>();
  /** … but with these, of which something has changed since. */
  readonly #touched = new Set<Neighbour>();
  readonly #orders: FeedOrder[] = [];
  readonly #cursors = new MovedCursors();
  #lastStream = 0;
  /** The time of the present call. */
  #at: Moment = { now: 0, wall: 0 };

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  get neighbours(): Iterable<Neighbour> {
    return this.#neighbours.values();
  }

  isServed(peer: string): boolean {
    return this.#servedByPeer.has(peer);
  }

  linkTo(peer: string): string | undefined {
    return this.#links.get(peer)?.name;
  }

  /** Takes the links as they are now: neighbours are read over those that are up. */
  handleLinks(links: readonly FeedLink[], at: Moment): void {
    const before = new Set(this.#links.keys());
    this.#links.clear();
    for (const link of links) {
      if (link.state === "up" && !this.#links.has(link.peer)) this.#links.set(link.peer, link);
    }
    const peers = new Set(links.map(({ peer }) => peer));
    const up = new Set(links.filter(({ state }) => state === "up").map(({ name }) => name));
    for (const peer of peers) {
      if (this.#neighbours.has(peer)) continue;
      const kept = this.#options.cursors.get(peer);
      this.#neighbours.set(peer, new Neighbour(peer, kept, this.#turns, at.now));
    }
    for (const neighbour of this.#neighbours.values()) {
      if (!peers.has(neighbour.peer)) {
        this.#removeNeighbour(neighbour, at);
        continue;
      }
      if (before.has(neighbour.peer) && !this.#links.has(neighbour.peer)) {
        // A stream that is served over a link that is down would take messages, and bring them nowhere.
        this.#endServing(neighbour.peer, "the link is down");
        this.#options.post.handleCutOff(neighbour.peer, at);
      }
      const link = neighbour.reading?.link;
      if (link !== undefined && !up.has(link)) this.#endReading(neighbour, "the link is down", at);
      this.#openDue(neighbour, at);
    }
  }

  /** Another agent has opened a stream. Undefined: it may not. */
  handleAccepted(caller: string, at: Moment): number | undefined {
    const peer = /^service\/fabric\.(.+)$/.exec(caller)?.[1];
    const neighbour = peer === undefined ? undefined : this.#neighbours.get(peer);
    if (neighbour === undefined || this.#served.size >= SOURCES_MAX) return undefined;
    // A neighbour that is muted could make faults as fast as it opens streams, and have each of them told.
    if (neighbour.conduct.isMuted(at.now)) return undefined;
    if (this.isServed(neighbour.peer)) {
      this.#endServing(neighbour.peer, "a newer stream of the same agent has come");
      this.#options.post.handleLost(neighbour.peer, at);
    }
    neighbour.handleHeard(at.now);
    const { node, databaseId, records, sectionsFor, post } = this.#options;
    const { peer: to, conduct } = neighbour;
    const [sections, seen] = [sectionsFor(to), this.#seenAt(to)];
    const identity = { node, databaseId, peer: to, time: at.wall, seen };
    const nextPost = (now: number): Beacon | Mail | undefined => post.next(to, now);
    const options = { ...identity, sections, book: records.rowsFor(to), conduct, nextPost };
    const source = new FeedSource(options, at.now);
    const served = new Served({ stream: ++this.#lastStream, peer: to, source, sections, seen, beganAt: at.now });
    this.#served.set(served.stream, served);
    this.#servedByPeer.set(to, served);
    this.#touched.add(neighbour);
    this.#orders.push({ kind: "flush", stream: served.stream });
    return served.stream;
  }

  handleBytes(stream: number, bytes: Uint8Array, at: Moment): void {
    this.#at = at;
    const reader = this.#readers.get(stream);
    if (reader !== undefined) {
      reader.reading!.reader.handleBytes(bytes, at.now);
      this.#drainReader(reader, at);
      return;
    }
    const served = this.#served.get(stream);
    if (served === undefined) return;
    served.source.handleBytes(bytes, at.now);
    this.#drainSource(served, at);
  }

  /** The stream is over, or could not be opened: why, for people; undefined: in peace. */
  handleClosed(stream: number, fault: string | undefined, at: Moment): void {
    const neighbour = this.#readers.get(stream);
    if (neighbour !== undefined) {
      this.#readers.delete(stream);
      neighbour.handleClosed(fault ?? "the neighbour's agent has ended the stream", at.now);
      this.#touched.add(neighbour);
    }
    const served = this.#served.get(stream);
    if (served === undefined) return;
    this.#forgetServed(served);
    this.#options.post.handleLost(served.peer, at);
  }

  /** The rows of this node have changed. */
  handleNews(): void {
    for (const { stream, source } of this.#served.values()) {
      source.handleNews();
      this.#orders.push({ kind: "flush", stream });
    }
  }

  /** The clocks of neighbours that have greeted, less ours. */
  clocks(): readonly { readonly peer: string; readonly aheadMs: number }[] {
    return [...this.#neighbours.values()].flatMap(({ peer, clockAheadMs }) =>
      clockAheadMs === undefined ? [] : [{ peer, aheadMs: clockAheadMs }],
    );
  }

  /** The wall clock here was set, by so many milliseconds. */
  handleClockStep(stepMs: number): void {
    for (const neighbour of this.#neighbours.values()) {
      neighbour.handleClockStep(stepMs);
      this.#touched.add(neighbour);
    }
  }

  /**
   * Neighbours may have other sections than before, or records have come that others rest on.
   *
   * @param peers The nodes whose sections may have changed; default: all
   */
  handleStandings(at: Moment, peers: Iterable<string> = this.#servedByPeer.keys()): void {
    for (const peer of peers) {
      const served = this.#servedByPeer.get(peer);
      if (served === undefined || served.hasSections(this.#options.sectionsFor(peer))) continue;
      this.#endServing(peer, "the sections of this agent have changed");
    }
    for (const neighbour of this.#neighbours.values()) {
      neighbour.handleStandings(this.#options.post.readers.beaconMs);
      if (at.now >= neighbour.againAt) this.#endReading(neighbour, undefined, at);
      this.#touched.add(neighbour);
    }
  }

  handleTimeout(at: Moment): void {
    this.#at = at;
    this.#lookAtTouched();
    for (let due = this.#times.popDue(at.now); due !== undefined; due = this.#times.popDue(at.now)) {
      this.#touched.add(due);
      this.#handleDue(due, at);
    }
  }

  /** When `handleTimeout` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    this.#lookAtTouched();
    return Math.min(this.#cursors.dueAt, this.#times.next);
  }

  /** Whether nothing is to be read of the stream at present. */
  isPaused(stream: number): boolean {
    return (this.#readers.get(stream)?.reading?.reader ?? this.#served.get(stream)?.source)?.isPaused ?? true;
  }

  /** Octets to be sent on the stream; undefined: none at present. */
  pollTransmit(stream: number, now: number): Uint8Array | undefined {
    const neighbour = this.#readers.get(stream);
    if (neighbour === undefined) {
      const served = this.#served.get(stream);
      if (served !== undefined) this.#touch(served.peer);
      return served?.source.pollTransmit(now);
    }
    this.#touched.add(neighbour);
    const { reader } = neighbour.reading!;
    const octets = reader.pollTransmit(now);
    for (let event = reader.pollEvent(); event !== undefined; event = reader.pollEvent())
      this.#tell(neighbour, event, now);
    return octets;
  }

  /** When cursors are to be written though no row is, in monotonic milliseconds; Infinity: none has moved. */
  get cursorsDueAt(): number {
    return this.#cursors.dueAt;
  }

  /** The cursors that have moved since the last call: all rows of a neighbour's database up to its cursor are done with. */
  takeCursors(): readonly Cursor[] {
    return this.#cursors.take();
  }

  /** Reads all neighbours from their beginnings: this node may have let go of records that are to be held. */
  handleForgotten(at: Moment): void {
    for (const neighbour of this.#neighbours.values()) {
      // A crash before the next cursors are written would have those that are on the disk be read on from.
      const { databaseId, cursors } = neighbour.cursors ?? { databaseId: "", cursors: [] };
      for (const { section } of cursors) this.#cursors.put(neighbour.peer, databaseId, section, 0, at.now);
      neighbour.forgetCursors();
      this.#endReading(neighbour, undefined, at);
    }
  }

  pollOrder(): FeedOrder | undefined {
    const { post } = this.#options;
    for (let peer = post.pollReady(); peer !== undefined; peer = post.pollReady()) {
      const stream = this.#servedByPeer.get(peer)?.stream;
      if (stream !== undefined) this.#orders.push({ kind: "flush", stream });
    }
    return this.#orders.shift();
  }

  /** The address at which a neighbour is seen; "": it is not known. */
  #seenAt(peer: string): string {
    return this.#links.get(peer)?.seen ?? "";
  }

  #touch(peer: string): void {
    const neighbour = this.#neighbours.get(peer);
    if (neighbour !== undefined) this.#touched.add(neighbour);
  }

  /** Finds out when something is due with neighbours of which something has changed. */
  #lookAtTouched(): void {
    for (const neighbour of this.#touched) this.#times.set(neighbour, this.#dueAt(neighbour));
    this.#touched.clear();
  }

  #dueAt({ peer, reading, againAt, opensAt }: Neighbour): number {
    const serves = this.#servedByPeer.get(peer)?.nextTimeout(this.#seenAt(peer)) ?? Number.POSITIVE_INFINITY;
    if (reading !== undefined) return Math.min(serves, reading.reader.nextTimeout(), againAt);
    return this.#links.has(peer) ? Math.min(serves, opensAt) : serves;
  }

  #handleDue(neighbour: Neighbour, at: Moment): void {
    const reader = neighbour.reading?.reader;
    if (reader !== undefined && at.now >= reader.nextTimeout()) {
      reader.handleTimeout(at.now);
      this.#drainReader(neighbour, at);
    }
    const served = this.#servedByPeer.get(neighbour.peer);
    if (served !== undefined && at.now >= served.seenAgainAt(this.#seenAt(neighbour.peer))) {
      this.#endServing(neighbour.peer, "this agent is seen at another address");
    } else if (served !== undefined && at.now >= served.source.nextTimeout()) {
      served.source.handleTimeout(at.now);
      this.#drainSource(served, at);
    }
    if (at.now >= neighbour.againAt) this.#endReading(neighbour, undefined, at);
    this.#openDue(neighbour, at);
  }

  #openDue(neighbour: Neighbour, at: Moment): void {
    this.#touched.add(neighbour);
    const link = this.linkTo(neighbour.peer);
    if (link === undefined || neighbour.reading !== undefined || at.now < neighbour.opensAt) return;
    const { node, databaseId, records, post } = this.#options;
    const [{ peer, conduct, cursors }, { beaconMs }] = [neighbour, post.readers];
    const identity = { node, databaseId, peer, time: at.wall, seen: this.#seenAt(peer), beaconMs };
    const has = (id: string): boolean => records.has(id);
    const costOf = (message: Beacon | Mail): number => post.costOf(message, this.#at);
    const reader = new FeedReader({ ...identity, cursors, has, conduct, costOf }, at.now);
    const stream = ++this.#lastStream;
    neighbour.handleOpened({ stream, link, reader, beganAt: at.now, beaconMs });
    this.#readers.set(stream, neighbour);
    this.#orders.push({ kind: "open", stream, link }, { kind: "flush", stream });
  }

  #drainReader(neighbour: Neighbour, at: Moment): void {
    this.#touched.add(neighbour);
    const { reader, stream } = neighbour.reading!;
    for (let event = reader.pollEvent(); event !== undefined; event = reader.pollEvent()) {
      if (event.kind === "hello") neighbour.handleHello(event, at);
      else if (event.kind === "record") reader.handleJudged(event.id, this.#judge(event, neighbour, at), at.now);
      else if (event.kind === "failed") return this.#failReading(neighbour, event, at);
      else if (event.kind === "post") this.#options.post.handle(event.message, neighbour.peer, neighbour.conduct, at);
      else this.#tell(neighbour, event, at.now);
    }
    this.#orders.push({ kind: "flush", stream });
  }

  #judge({ octets }: { readonly octets: Uint8Array }, neighbour: Neighbour, at: Moment): JudgedAs {
    const { records, onJudged } = this.#options;
    const judgement = records.offer(octets, at.wall);
    if (judgement.isAccepted) neighbour.taken++;
    else neighbour.refused++;
    neighbour.conduct.verifications.charge(onJudged(judgement, neighbour.peer), at.now);
    return judgedAs(judgement, records.book !== undefined);
  }

  #tell(neighbour: Neighbour, event: ReaderEvent, now: number): void {
    if (event.kind === "cursor") {
      neighbour.handleCursor(event.section, event.sequence);
      this.#cursors.put(neighbour.peer, event.databaseId, event.section, event.sequence, now + CURSORS_MS);
    } else if (event.kind === "muted") this.#tellMuted(neighbour, event.why);
  }

  #tellMuted(neighbour: Neighbour, why: string): void {
    neighbour.muteReason = why;
    this.#orders.push({ kind: "told", peer: neighbour.peer, what: "muted", text: why });
  }

  #failReading(neighbour: Neighbour, { code, text }: Extract<ReaderEvent, { kind: "failed" }>, at: Moment): void {
    const { stream } = neighbour.reading!;
    this.#orders.push({ kind: "reset", stream, code, text });
    this.#orders.push({ kind: "told", peer: neighbour.peer, what: "failed", text });
    this.handleClosed(stream, text, at);
  }

  #drainSource(served: Served, at: Moment): void {
    const { source, stream, peer } = served;
    this.#touch(peer);
    for (let event: SourceEvent | undefined = source.pollEvent(); event !== undefined; event = source.pollEvent()) {
      if (event.kind !== "failed") continue;
      const { code, text } = event;
      this.#orders.push({ kind: "reset", stream, code, text }, { kind: "told", peer, what: "failed", text });
      this.#forgetServed(served);
      return;
    }
    if (source.takesPost) this.#options.post.handleServed(peer, at, source.beaconMs);
    this.#orders.push({ kind: "flush", stream });
  }

  #removeNeighbour(neighbour: Neighbour, at: Moment): void {
    this.#endReading(neighbour, "the link is gone", at);
    this.#endServing(neighbour.peer, "the link is gone", NOT_ALLOWED);
    this.#options.post.handleGone(neighbour.peer, at);
    this.#neighbours.delete(neighbour.peer);
    this.#times.remove(neighbour);
    this.#touched.delete(neighbour);
  }

  #endReading(neighbour: Neighbour, fault: string | undefined, at: Moment): void {
    const stream = neighbour.reading?.stream;
    if (stream === undefined) return;
    this.#readers.delete(stream);
    this.#orders.push({ kind: "reset", stream, code: STOPPING, text: fault ?? "it is opened anew" });
    neighbour.handleClosed(fault, at.now);
    this.#touched.add(neighbour);
  }

  #endServing(peer: string, text: string, code: number = STOPPING): void {
    const served = this.#servedByPeer.get(peer);
    if (served === undefined) return;
    this.#orders.push({ kind: "reset", stream: served.stream, code, text });
    this.#forgetServed(served);
  }

  #forgetServed(served: Served): void {
    this.#served.delete(served.stream);
    this.#touch(served.peer);
    if (this.#servedByPeer.get(served.peer) !== served) return;
    this.#servedByPeer.delete(served.peer);
    this.#options.post.handleUnserved(served.peer);
  }
}
