/** The links that this agent makes: which nodes are called and where, who is let in that knocks, and what the overlay has of them. Pure. */
import type { BookEvent, FactBook } from "@florenetes/facts";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { DoorFault } from "../door/door-sync.ts";
import type { OverlayLink } from "../door/overlay.ts";
import type { DoorEvent, View, ViewLink } from "../door/view.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import { announcedBy } from "../records/announced.ts";
import { type NodeStanding, standingOf } from "../records/standing.ts";
import type { KeptRow } from "../kept-row.ts";
import { AskedPeers } from "./asked-peers.ts";
import { CallableEndpoints } from "./callable-endpoints.ts";
import { CallPace } from "./call-pace.ts";
import { CrowdedHubs, isRoomy } from "./crowded-hubs.ts";
import { RoomLeft } from "./crowding.ts";
import { hopeOf, Ladder } from "./ladder.ts";
import {
  CHOICE_MS,
  CHOICE_PAUSE_MS,
  EQUAL_MS,
  LET_IN_ALONE_MS,
  KNOCK_MS,
  LET_IN_MS,
  LINKS_MAX,
  LOOK_MS,
  MOVED_MS,
  REST_MS_MAX,
  TRIES,
} from "./limits.ts";
import { Knocks } from "./knocks.ts";
import { adoptedLinks, candidatesOf, evictedOf, hasMadeLinks, LastOrders, ordersOf } from "./link-orders.ts";
import { isAlone, isPlainHub, missingLinks, plainHubsMissing, seedsToLeave, spareSeed } from "./missing-links.ts";
import { CLOSED, PeerLink, RANDOM_SIZE } from "./peer-link.ts";
import { RefusalWatch } from "./refusal-watch.ts";
import type { RankedEndpoint } from "./ranking.ts";
import { WorkedEndpoints } from "./worked-endpoints.ts";

export interface AgentLinksOptions {
  readonly node: string;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Whether this node's own record is in force, with its key. */
  readonly isNode: () => boolean;
  /** Why the door has refused the last order; undefined: it has not. */
  readonly refused: () => DoorFault | undefined;
  /** Nodes that serve what is wanted here. */
  readonly hosts: () => Iterable<string>;
  /** The plan of the overlay is to be made anew. */
  readonly onChange: () => void;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly misuse: Misuse;
  /** Rows of endpoints by which links were up, of an earlier life. */
  readonly kept: readonly (KeptRow & { readonly text: string })[];
}

export class AgentLinks implements AgentRoom {
  readonly places: CallableEndpoints;
  readonly ladder: Ladder = new Ladder();
  readonly knocks: Knocks;
  readonly asked: AskedPeers = new AskedPeers();
  readonly calls: CallPace = new CallPace();
  readonly refusals: RefusalWatch = new RefusalWatch();
  readonly crowded: CrowdedHubs;
  readonly #crowding = new RoomLeft();
  readonly #options: AgentLinksOptions;
  readonly #links = new Map<string, PeerLink>();
  readonly #news: AgentNews[] = [];
  #view: View | undefined;
  /** When the networks that this node is in changed last, in monotonic milliseconds. */
  #movedAt = Number.NEGATIVE_INFINITY;
  /** The next choice, in monotonic milliseconds. */
  #choosesAt = Number.NEGATIVE_INFINITY;
  /** No choice is made before. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Names and states of the links of the last view. */
  #states = "";
  readonly #ordered = new LastOrders();
  /** Something has changed that orders rest on; else they are looked at when the next time has come. */
  #isStale = true;
  #looksAt = Number.NEGATIVE_INFINITY;
  /** The node rejoins, and the door still has links that were given up: none is made before these are gone, or the same links would stay. */
  #leaves = false;

  constructor(options: AgentLinksOptions) {
    this.#options = options;
    this.knocks = new Knocks(options.misuse);
    this.crowded = new CrowdedHubs(options.node);
    this.places = new CallableEndpoints(new WorkedEndpoints(options.kept));
  }

  /** Links that this agent makes, or rests from making. */
  get links(): Iterable<PeerLink> {
    return this.#links.values();
  }

  /** How many vertices without a record are let in. */
  get candidates(): number {
    return candidatesOf(this.#links.values()).length;
  }

  /** Whether a neighbour is one only since it has knocked, and no record names it. */
  isCandidate(peer: string): boolean {
    const link = this.#links.get(peer);
    if (link?.candidateSince === undefined) return false;
    return this.#view?.links.every((each) => each.peer !== peer || each.overlay) ?? true;
  }

  /** Takes the networks that this node is in, by names of its own. */
  handleSegments(segments: readonly string[], at: Moment): void {
    const segment = segments.toSorted().join(",");
    if (segment === this.places.segment) return;
    if (this.places.segment !== "") this.#movedAt = at.now;
    this.places.segment = segment;
    this.places.segments = new Set(segments);
    for (const link of this.#links.values()) link.handleMoved(at);
    this.ladder.handleHope();
    this.#chooseSoon();
  }

  /** Gives up all links that this agent has made, and what it knows of endpoints and neighbours, as a node that has just come. Others are made once the door has let go of these. */
  handleRejoin(): void {
    this.#links.clear();
    for (const known of [this.places.health, this.places.worked, this.asked, this.crowded]) known.forget();
    this.ladder.handleHope();
    this.#leaves = hasMadeLinks(this.#view);
    this.#chooseSoon();
    this.#options.onChange();
  }

  handleBook(event: BookEvent): void {
    const rung = hopeOf(event, this.#options.node);
    if (rung !== undefined) this.ladder.handleHope(rung);
    this.#chooseSoon();
  }

  handleView(view: View, at: Moment): void {
    const adopted = this.#view === undefined && !this.#leaves ? adoptedLinks(view, at) : [];
    for (const link of adopted) this.#links.set(link.peer, link);
    [this.#view, this.#isStale] = [view, true];
    const made = new Map(view.links.filter(({ overlay }) => overlay).map((link) => [link.name, link]));
    for (const link of this.#links.values()) {
      const state = made.get(link.name);
      if (state !== undefined) this.#follow(link, state, at);
      else if (link.phase === "up") this.#lose(link, at);
    }
    const states = JSON.stringify([view.bounds, ...view.links.map(({ name, state }) => [name, state])]);
    this.#leaves &&= hasMadeLinks(view);
    if (states !== this.#states) this.#chooseSoon();
    this.#states = states;
  }

  handleDoorEvents(events: readonly DoorEvent[], at: Moment): void {
    // Whoever knocks while this node leaves knocks again.
    for (const event of this.#leaves ? [] : events)
      if (event.kind === "knock" && event.agoMs <= KNOCK_MS) this.#handleKnock(event, at);
  }

  /** A coordinator asks this node to call others, which cannot call it. */
  handleAsks(peers: readonly string[], at: Moment): void {
    for (const peer of peers)
      if (this.#standingOf(peer, at.wall).kind === "node" && this.asked.take(peer, at.now)) this.#chooseSoon();
  }

  advance(at: Moment): void {
    const view = this.#view;
    const book = this.#options.book();
    if (view === undefined || book === undefined) return;
    const refusal = this.refusals.look(this.#options.refused(), at.now);
    if (refusal !== undefined) this.#news.push(refusal);
    if (this.#most > 0) this.#lookAtLadder(at);
    const isNothingNew = refusal === undefined && !this.#isStale;
    if (isNothingNew && at.now < this.#looksAt && at.now < this.nextTimeout(at)) return;
    [this.#isStale, this.#looksAt] = [false, at.now + LOOK_MS];
    for (const link of this.#links.values()) {
      this.#judge(link, at);
      if (at.now >= link.phaseEnds && link.isOrdered && link.phase !== "up") this.#goOn(link, at);
    }
    if (at.now >= this.#choosesAt) this.#choose(view, book, at);
    if (this.#ordered.look(this.orders(at.wall))) this.#options.onChange();
  }

  nextTimeout({ now, wall }: Moment): number {
    if (this.#view === undefined || this.#options.book() === undefined) return Number.POSITIVE_INFINITY;
    let next = Math.min(this.#choosesAt, this.#most > 0 ? this.ladder.nextTimeout() : Number.POSITIVE_INFINITY);
    for (const link of this.#links.values()) {
      if (link.isOrdered && link.phase !== "up") next = Math.min(next, link.phaseEnds);
      next = Math.min(next, now + Math.max(0, link.candidateDue - wall));
    }
    return next;
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    const rows = this.places.worked.takeRows();
    return rows.length === 0 ? undefined : { kind: "keep-links", rows };
  }

  /** Whether a link, by its name, was among those of the overlay when they were looked at last. */
  readonly hasOrdered = (link: string): boolean => this.#ordered.has(link);

  /** The links of the overlay. */
  orders(wall: number): readonly OverlayLink[] {
    const view = this.#view;
    // Before the first view nothing is known of what an earlier life has made.
    if (view === undefined) return [];
    const grounds = { standingOf: (peer: string) => this.#standingOf(peer, wall), seeds: this.places.known.seeds };
    const orders = ordersOf(this.#links.values(), grounds, wall);
    const taken = new Set(view.overlay.links?.map(({ name }) => name));
    const fit = this.refusals.isHeldBack ? orders.filter(({ name }) => taken.has(name)) : orders;
    return fit.slice(0, this.#most);
  }

  /** Words of this node, where it lets others in, about the room that it has left. @param load In percent */
  capabilities(load: number, { now }: Moment): string[] {
    // Candidates make room for nodes: they take no places.
    const fullness = { links: this.#orderedCount - this.candidates, most: this.#most, load };
    return this.places.known.isHub ? this.#crowding.look(fullness, now) : [];
  }

  /** How many links the overlay may have. */
  get #most(): number {
    return Math.min(LINKS_MAX, this.#view?.bounds.linksMax ?? 0);
  }

  get #orderedCount(): number {
    return [...this.#links.values()].filter(({ isOrdered }) => isOrdered).length;
  }

  get #isAlone(): boolean {
    return isAlone(this.#view, this.#links);
  }

  #lookAtLadder(at: Moment): void {
    const { rung } = this.ladder;
    const { isAnew, news } = this.ladder.look(this.#isAlone, this.places.ranked.length > 0, at.now);
    if (news !== undefined) this.#news.push(news);
    for (const link of isAnew ? this.#links.values() : []) {
      link.beginAnew(at);
      if (link.phase === "calls" && !link.isHeard) link.giveUp(at);
    }
    if (isAnew || rung !== this.ladder.rung) this.#chooseSoon();
  }

  #standingOf(peer: string, wall: number): NodeStanding {
    return standingOf(this.#options.book(), peer, wall);
  }

  #follow(link: PeerLink, { state, code, endpoint, figures, seen }: ViewLink, at: Moment): void {
    if (state === "up") {
      link.seen = seen ?? link.seen;
      const called = endpoint ?? undefined;
      if (link.phase !== "up" || link.endpoint !== called) link.handleUp(called, at);
      if (called === undefined) return;
      this.places.health.handleUp(called, this.places.segment, figures, at.now);
      this.places.handleWorked(link.peer, called, this.#options.book(), at);
      return;
    }
    // The peer has called, and wants the link no more: its place is free for others.
    if (link.phase === "up" && link.endpoint === undefined && code === CLOSED) this.#links.delete(link.peer);
    else if (link.phase === "up") this.#lose(link, at);
    else if (link.phase === "calls") link.handleCode(code, this.#options.node < link.peer, at);
  }

  #lose(link: PeerLink, at: Moment): void {
    // Whoever has called this node calls in vain where it has been: this node calls.
    const hasMoved = at.now < this.#movedAt + MOVED_MS;
    link.handleLost(hasMoved ? 0 : this.#isAlone ? LET_IN_ALONE_MS : LET_IN_MS, at);
  }

  #handleKnock({ peer, tag, key }: Extract<DoorEvent, { kind: "knock" }>, at: Moment): void {
    const known = this.#links.get(peer);
    const isOfFile = this.#view?.links.some((link) => link.peer === peer && link.tag === tag && !link.overlay) ?? false;
    const verdict = this.knocks.judge(peer, at, {
      standing: this.#standingOf(peer, at.wall),
      isLate: peer === this.#options.node || isOfFile || known?.isOrdered === true,
      key,
      keys: announcedBy(this.#options.book(), peer, at.wall)?.["spki-hashes"],
      isSeed: this.places.known.seeds.has(peer),
      candidates: this.candidates,
      orders: this.#orderedCount,
      most: this.#most,
      makeRoom: (isForNode) => this.#evict(isForNode, at),
    });
    if (verdict === undefined) return;
    const link = known?.tag === tag ? known : new PeerLink(peer, tag);
    link.candidateSince = verdict === "candidate" ? (link.candidateSince ?? at.wall) : undefined;
    this.#links.set(peer, link);
    this.#isStale = true;
    link.letIn(LET_IN_MS, at);
  }

  /** Ends a candidate, as whoever holds a place must not hold it against all who come. */
  #evict(isForNode: boolean, at: Moment): boolean {
    const peer = evictedOf(candidatesOf(this.#links.values()), isForNode, at);
    return peer !== undefined && this.#links.delete(peer);
  }

  /** Looks whether a link may go on: a peer that was taken back may not, and a candidate that a record names is a neighbour. */
  #judge(link: PeerLink, at: Moment): void {
    const { kind } = this.#standingOf(link.peer, at.wall);
    if (kind === "void" || link.isCandidateOver(at.wall)) this.#links.delete(link.peer);
    else if (kind === "node") link.candidateSince = undefined;
    else if (
      link.candidateSince === undefined &&
      link.endpoint === undefined &&
      !this.places.known.seeds.has(link.peer)
    ) {
      // A neighbour that has called, and whose record is no more.
      link.candidateSince = at.wall;
      link.extend(at);
    } else if (link.candidateSince !== undefined && link.phase === "up" && link.until < at.wall + LET_IN_MS / 2)
      link.extend(at);
  }

  /** The phase of a link is over: the next endpoint is called, the peer is let in, or it rests. */
  #goOn(link: PeerLink, at: Moment): void {
    if (link.phase === "calls" && link.endpoint !== undefined)
      this.places.health.handleVain(link.endpoint, this.places.segment, at.now);
    this.#chooseSoon();
    if (link.candidateSince !== undefined) {
      this.#links.delete(link.peer);
      return;
    }
    const next = link.tried.size < TRIES ? this.places.nextOf(link, this.ladder.rung, at) : undefined;
    if (next !== undefined && this.#call(link, next, at)) return;
    // A node without links is in a hurry, and no more so than people have said, or it has seen, who is there.
    const isUrgent = this.#isAlone && this.places.isKnown(link);
    link.rest(isUrgent ? this.ladder.pauseMs(at.now) : REST_MS_MAX, this.#options.randomBytes(RANDOM_SIZE), at);
  }

  /** Calls an endpoint. Returns whether a call was free. */
  #call(link: PeerLink, { endpoint }: RankedEndpoint, at: Moment): boolean {
    if (!this.calls.take(at.now)) return false;
    link.call(endpoint, at);
    this.places.health.handleCalled(endpoint, this.places.segment, at.now);
    return true;
  }

  /** Something has changed that a choice rests on: many such changes are one. */
  #chooseSoon(): void {
    [this.#choosesAt, this.#isStale] = [this.#leaves ? Number.POSITIVE_INFINITY : this.#restsUntil, true];
  }

  #choose(view: View, book: FactBook, at: Moment): void {
    this.#restsUntil = at.now + CHOICE_PAUSE_MS;
    this.#choosesAt = this.#most === 0 ? Number.POSITIVE_INFINITY : at.now + CHOICE_MS;
    if (this.#most === 0) return;
    const { node, isNode, hosts } = this.#options;
    const asked = this.asked.at(at.now);
    const kept = new Set([...hosts(), ...asked]);
    this.places.look(book, view, { node, isNode: isNode(), hosts: kept, rung: this.ladder.rung }, at);
    const { known, ranked } = this.places;
    for (const { peer, phase, vain } of this.#links.values())
      if (phase === "rests" && vain > 0 && !this.places.hasPlace(peer)) this.#links.delete(peer);
    const peers = [...new Set(ranked.map(({ node }) => node))];
    const spare = spareSeed(this.#links.values(), view, known, { kept, ranked: peers }, at.now);
    if (spare !== undefined) this.#links.delete(spare.peer);
    const leaves = this.crowded.look({ links: this.#links.values(), view, known, kept }, at.now);
    if (leaves?.isDue === true) this.#links.delete(leaves.peer);
    if (this.refusals.isHeldBack) return;
    const leavesRoom = this.crowded.leavesRoom(known, at.now);
    const needs = { isAlone: this.#isAlone, leavesRoom, kept: isNode() ? kept : undefined };
    const missing = missingLinks(this.#links.values(), view, known, needs);
    let wanted = Math.min(missing, this.#most - this.#orderedCount);
    let plain = leavesRoom ? 0 : plainHubsMissing(this.#links.values(), view, known);
    let roomy = leaves?.needsOther === true ? 1 : 0;
    const left = seedsToLeave(known, needs);
    for (const [peer, { phase }] of this.#links) if (phase === "calls" && left.has(peer)) this.#links.delete(peer);
    for (const peer of peers.filter((each) => !left.has(each))) {
      const [isPlain, hasRoom] = [isPlainHub(peer, known), isRoomy(peer, known)];
      const isExtra = asked.has(peer) || (plain > 0 && isPlain) || (roomy > 0 && hasRoom);
      if ((wanted <= 0 && !isExtra) || this.#orderedCount >= this.#most) continue;
      const link = this.#links.get(peer) ?? new PeerLink(peer, "0");
      if (link.isOrdered || view.links.some((each) => each.peer === peer && !each.overlay)) continue;
      if (link.vain > 0 && at.now < link.phaseEnds) {
        this.#choosesAt = Math.min(this.#choosesAt, link.phaseEnds);
        continue;
      }
      const isSecond = known.isHub && known.hubs.has(peer) && node > peer && link.vain === 0;
      const next = this.places.nextOf(link, this.ladder.rung, at);
      if (isSecond) link.letIn(EQUAL_MS, at);
      else if (next === undefined) continue;
      else if (!this.#call(link, next, at)) {
        this.#choosesAt = Math.min(this.#choosesAt, Math.max(at.now + 1, this.calls.nextAt()));
        return;
      }
      this.#links.set(peer, link);
      wanted--;
      [plain, roomy] = [plain - Number(isPlain), roomy - Number(hasRoom)];
    }
    const isBusy = [...this.#links.values()].some((link) => link.isOrdered && link.candidateSince === undefined);
    if (this.#isAlone && !isBusy && this.ladder.climb(at.now)) this.#chooseSoon();
  }
}
