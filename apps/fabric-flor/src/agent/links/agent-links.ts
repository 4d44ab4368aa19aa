/** The links that this agent makes: which nodes are called and where, who is let in that knocks, and what the overlay has of them. Pure. */
import type { FactBook } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { DoorFault } from "../door/door-sync.ts";
import type { OverlayLink } from "../door/overlay.ts";
import type { DoorEvent, View, ViewLink } from "../door/view.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import { announcedBy } from "../records/announced.ts";
import { type NodeStanding, standingOf } from "../records/standing.ts";
import { AskedPeers } from "./asked-peers.ts";
import { CallPace } from "./call-pace.ts";
import { CrowdedHubs, isRoomy } from "./crowded-hubs.ts";
import { Crowding } from "./crowding.ts";
import { EndpointHealth, type Health } from "./endpoint-health.ts";
import { type KnownPlaces, knownPlaces } from "./known-places.ts";
import {
  CANDIDATE_MS,
  CANDIDATE_RATE,
  CHOICE_MS,
  CHOICE_PAUSE_MS,
  EQUAL_MS,
  LET_IN_ALONE_MS,
  KNOCK_MS,
  LET_IN_MS,
  LINKS_MAX,
  LOOK_MS,
  MOVED_MS,
  TRIES,
} from "./limits.ts";
import { Knocks } from "./knocks.ts";
import { candidatesOf, ordersOf } from "./link-orders.ts";
import { isPlainHub, missingLinks, plainHubsMissing, spareSeed } from "./missing-links.ts";
import { nextEndpoint } from "./next-endpoint.ts";
import { PeerLink, RANDOM_SIZE } from "./peer-link.ts";
import { RefusalWatch } from "./refusal-watch.ts";
import { type RankedEndpoint, rankEndpoints, type Unfit } from "./ranking.ts";

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
}

export class AgentLinks implements AgentRoom {
  readonly health: EndpointHealth = new EndpointHealth();
  readonly knocks: Knocks;
  readonly asked: AskedPeers = new AskedPeers();
  readonly calls: CallPace = new CallPace();
  readonly refusals: RefusalWatch = new RefusalWatch();
  readonly crowded: CrowdedHubs;
  readonly #crowding = new Crowding();
  readonly #options: AgentLinksOptions;
  readonly #links = new Map<string, PeerLink>();
  readonly #news: AgentNews[] = [];
  #view: View | undefined;
  #known: KnownPlaces = { places: [], isHub: false, hubs: new Set(), crowded: new Set(), seeds: new Map() };
  #ranked: readonly RankedEndpoint[] = [];
  #unfit: ReadonlyMap<Unfit, number> = new Map();
  #segments: ReadonlySet<string> = new Set();
  #segment = "";
  /** When the networks that this node is in changed last, in monotonic milliseconds. */
  #movedAt = Number.NEGATIVE_INFINITY;
  /** The next choice, in monotonic milliseconds. */
  #choosesAt = Number.NEGATIVE_INFINITY;
  /** No choice is made before. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Names and states of the links of the last view. */
  #states = "";
  #ordered = "";
  /** Something has changed that orders rest on; else they are looked at when the next time has come. */
  #isStale = true;
  #looksAt = Number.NEGATIVE_INFINITY;

  constructor(options: AgentLinksOptions) {
    this.#options = options;
    this.knocks = new Knocks(options.misuse);
    this.crowded = new CrowdedHubs(options.node);
  }

  /** Links that this agent makes, or rests from making. */
  get links(): Iterable<PeerLink> {
    return this.#links.values();
  }

  /** All endpoints that may be called, the best one first. */
  get ranked(): readonly RankedEndpoint[] {
    return this.#ranked;
  }

  /** Endpoints that are not called, by why. */
  get unfit(): ReadonlyMap<Unfit, number> {
    return this.#unfit;
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

  /** Takes the networks that this node is in, by names that are of this node alone or of its config. */
  handleSegments(segments: readonly string[], at: Moment): void {
    const segment = segments.toSorted().join(",");
    if (segment === this.#segment) return;
    if (this.#segment !== "") this.#movedAt = at.now;
    this.#segment = segment;
    this.#segments = new Set(segments);
    for (const link of this.#links.values()) link.handleMoved(at);
    this.#chooseSoon();
  }

  /** Gives up all links that this agent has made, and what it knows of endpoints, as a node that has just come. */
  handleRejoin(): void {
    this.#links.clear();
    this.health.forget();
    this.#chooseSoon();
  }

  handleBook(): void {
    this.#chooseSoon();
  }

  handleView(view: View, at: Moment): void {
    if (this.#view === undefined) this.#adopt(view, at);
    [this.#view, this.#isStale] = [view, true];
    const made = new Map(view.links.filter(({ overlay }) => overlay).map((link) => [link.name, link]));
    for (const link of this.#links.values()) {
      const state = made.get(link.name);
      if (state !== undefined) this.#follow(link, state, at);
      else if (link.phase === "up") this.#lose(link, at);
    }
    const states = JSON.stringify([view.bounds, ...view.links.map(({ name, state }) => [name, state])]);
    if (states !== this.#states) this.#chooseSoon();
    this.#states = states;
  }

  handleDoorEvents(events: readonly DoorEvent[], at: Moment): void {
    for (const event of events) if (event.kind === "knock" && event.agoMs <= KNOCK_MS) this.#handleKnock(event, at);
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
    const isNothingNew = refusal === undefined && !this.#isStale;
    if (isNothingNew && at.now < this.#looksAt && at.now < this.nextTimeout(at)) return;
    [this.#isStale, this.#looksAt] = [false, at.now + LOOK_MS];
    for (const link of this.#links.values()) {
      this.#judge(link, at);
      if (at.now >= link.phaseEnds && link.isOrdered && link.phase !== "up") this.#goOn(link, at);
    }
    if (at.now >= this.#choosesAt) this.#choose(view, book, at);
    const ordered = JSON.stringify(this.orders(at.wall));
    if (ordered === this.#ordered) return;
    this.#ordered = ordered;
    this.#options.onChange();
  }

  nextTimeout({ now, wall }: Moment): number {
    if (this.#view === undefined || this.#options.book() === undefined) return Number.POSITIVE_INFINITY;
    let next = this.#choosesAt;
    for (const link of this.#links.values()) {
      if (link.isOrdered && link.phase !== "up") next = Math.min(next, link.phaseEnds);
      if (link.phase === "up" && link.candidateSince !== undefined) {
        const end = link.candidateSince + CANDIDATE_MS;
        // The last order of a candidate is made no longer.
        const due = link.until < end ? link.until - LET_IN_MS / 2 : end;
        next = Math.min(next, now + Math.max(0, due - wall));
      }
    }
    return next;
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  /** The links of the overlay. */
  orders(wall: number): readonly OverlayLink[] {
    const view = this.#view;
    // Before the first view nothing is known of what an earlier life has made.
    if (view === undefined) return [];
    const grounds = { standingOf: (peer: string) => this.#standingOf(peer, wall), seeds: this.#known.seeds };
    const orders = ordersOf(this.#links.values(), grounds, wall);
    const taken = new Set(view.overlay.links?.map(({ name }) => name));
    const fit = this.refusals.isHeldBack ? orders.filter(({ name }) => taken.has(name)) : orders;
    return fit.slice(0, this.#most);
  }

  /** Whether this node lets others in, and has little room left. @param load In percent */
  isCrowded(load: number, { now }: Moment): boolean {
    const fullness = { links: this.#orderedCount, most: this.#most, load };
    return this.#known.isHub && this.#crowding.look(fullness, now);
  }

  /** How many links the overlay may have. */
  get #most(): number {
    return Math.min(LINKS_MAX, this.#view?.bounds.linksMax ?? 0);
  }

  get #orderedCount(): number {
    return [...this.#links.values()].filter(({ isOrdered }) => isOrdered).length;
  }

  /** Whether no link is up at all, also none of the file. */
  get #isAlone(): boolean {
    return this.#view?.links.every(({ state }) => state === "down") ?? true;
  }

  #standingOf(peer: string, wall: number): NodeStanding {
    return standingOf(this.#options.book(), peer, wall);
  }

  /** Takes over the links of an earlier life of this agent. */
  #adopt(view: View, at: Moment): void {
    for (const { name, peer, tag = "0", endpoints, rate, until } of view.overlay.links ?? []) {
      const link = new PeerLink(peer, tag);
      if (until <= at.wall || link.name !== name) continue;
      if (rate === CANDIDATE_RATE) link.candidateSince = at.wall;
      this.#links.set(peer, link);
      link.adopt(endpoints, until, at);
    }
  }

  #follow(link: PeerLink, { state, code, endpoint, figures, seen }: ViewLink, at: Moment): void {
    if (state === "up") {
      link.seen = seen ?? link.seen;
      const called = endpoint ?? undefined;
      if (link.phase !== "up" || link.endpoint !== called) link.handleUp(called, at);
      if (called !== undefined) this.health.handleUp(called, this.#segment, figures, at.now);
      return;
    }
    if (link.phase === "up") return this.#lose(link, at);
    if (link.phase === "calls") link.handleCode(code, this.#options.node < link.peer, at);
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
      isSeed: this.#known.seeds.has(peer),
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

  /** Ends the oldest candidate: for another one, if it has been one for a minute. Whoever holds a place must not hold it against all who come. */
  #evict(isForNode: boolean, { wall }: Moment): boolean {
    const [oldest] = candidatesOf(this.#links.values());
    if (oldest === undefined || (!isForNode && wall < oldest.candidateSince + LET_IN_MS)) return false;
    return this.#links.delete(oldest.peer);
  }

  /** Looks whether a link may go on: a peer that was taken back may not, and a candidate that a record names is a neighbour. */
  #judge(link: PeerLink, at: Moment): void {
    const { kind } = this.#standingOf(link.peer, at.wall);
    if (kind === "void" || link.isCandidateOver(at.wall)) this.#links.delete(link.peer);
    else if (kind === "node") link.candidateSince = undefined;
    else if (link.candidateSince === undefined && link.endpoint === undefined && !this.#known.seeds.has(link.peer)) {
      // A neighbour that has called, and whose record is no more.
      link.candidateSince = at.wall;
      this.#extend(link, at);
    } else if (link.candidateSince !== undefined && link.phase === "up" && link.until < at.wall + LET_IN_MS / 2)
      this.#extend(link, at);
  }

  #extend(link: PeerLink, { wall }: Moment): void {
    link.extend(Math.min(wall + LET_IN_MS, link.candidateSince! + CANDIDATE_MS));
  }

  /** The phase of a link is over: the next endpoint is called, the peer is let in, or it rests. */
  #goOn(link: PeerLink, at: Moment): void {
    if (link.phase === "calls" && link.endpoint !== undefined)
      this.health.handleVain(link.endpoint, this.#segment, at.now);
    this.#chooseSoon();
    if (link.candidateSince !== undefined) {
      this.#links.delete(link.peer);
      return;
    }
    const next = link.tried.size < TRIES ? this.#nextOf(link, at) : undefined;
    if (next !== undefined && this.#call(link, next, at)) return;
    // A node without links is in a hurry, and no more so than people have said, or it has seen, who is there.
    const isKnown = link.proven.size > 0 || this.#known.seeds.has(link.peer);
    link.rest(this.#isAlone && isKnown, this.#options.randomBytes(RANDOM_SIZE), at);
  }

  #nextOf(link: PeerLink, { now }: Moment): RankedEndpoint | undefined {
    const healthOf = (endpoint: string): Health => this.health.of(endpoint, this.#segment, now);
    return nextEndpoint(link, { ranked: this.#ranked, healthOf, isAlone: this.#isAlone });
  }

  /** Calls an endpoint. Returns whether a call was free. */
  #call(link: PeerLink, { endpoint }: RankedEndpoint, at: Moment): boolean {
    if (!this.calls.take(at.now)) return false;
    link.call(endpoint, at);
    this.health.handleCalled(endpoint, this.#segment, at.now);
    return true;
  }

  /** Something has changed that a choice rests on: many such changes are one. */
  #chooseSoon(): void {
    [this.#choosesAt, this.#isStale] = [this.#restsUntil, true];
  }

  #choose(view: View, book: FactBook, at: Moment): void {
    this.#restsUntil = at.now + CHOICE_PAUSE_MS;
    this.#choosesAt = this.#most === 0 ? Number.POSITIVE_INFINITY : at.now + CHOICE_MS;
    if (this.#most === 0) return;
    const { node, isNode, hosts } = this.#options;
    const asked = this.asked.at(at.now);
    const kept = new Set([...hosts(), ...asked]);
    this.#known = knownPlaces(book, node, isNode(), kept, at.wall);
    const { ranked, unfit } = rankEndpoints(this.#known.places, {
      node,
      mayLoopBack: book.authority.isDevelopment,
      dial: view.bounds.dial,
      segments: this.#segments,
      health: (endpoint) => this.health.of(endpoint, this.#segment, at.now),
    });
    this.#ranked = ranked;
    this.#unfit = unfit;
    for (const { peer, phase, vain } of this.#links.values())
      if (phase === "rests" && vain > 0 && !this.#known.places.some((place) => place.node === peer))
        this.#links.delete(peer);
    const peers = [...new Set(ranked.map(({ node }) => node))];
    const spare = spareSeed(this.#links.values(), view, this.#known, { kept, ranked: peers }, at.now);
    if (spare !== undefined) this.#links.delete(spare.peer);
    const leaves = this.crowded.look({ links: this.#links.values(), view, known: this.#known, kept }, at.now);
    if (leaves?.isDue === true) this.#links.delete(leaves.peer);
    if (this.refusals.isHeldBack) return;
    const missing = missingLinks(this.#links.values(), view, this.#known, this.#isAlone);
    let wanted = Math.min(missing, this.#most - this.#orderedCount);
    let plain = plainHubsMissing(this.#links.values(), view, this.#known);
    let roomy = leaves?.needsOther === true ? 1 : 0;
    for (const peer of peers) {
      const isRoomier = roomy > 0 && isRoomy(peer, this.#known);
      const isExtra = asked.has(peer) || (plain > 0 && isPlainHub(peer, this.#known)) || isRoomier;
      if ((wanted <= 0 && !isExtra) || this.#orderedCount >= this.#most) continue;
      const link = this.#links.get(peer) ?? new PeerLink(peer, "0");
      if (link.isOrdered || view.links.some((each) => each.peer === peer && !each.overlay)) continue;
      if (link.vain > 0 && at.now < link.phaseEnds) {
        this.#choosesAt = Math.min(this.#choosesAt, link.phaseEnds);
        continue;
      }
      const isSecond = this.#known.isHub && this.#known.hubs.has(peer) && node > peer && link.vain === 0;
      const next = this.#nextOf(link, at);
      if (isSecond) link.letIn(EQUAL_MS, at);
      else if (next === undefined) continue;
      else if (!this.#call(link, next, at)) {
        this.#choosesAt = Math.min(this.#choosesAt, Math.max(at.now + 1, this.calls.nextAt()));
        return;
      }
      this.#links.set(peer, link);
      wanted--;
      if (isPlainHub(peer, this.#known)) plain--;
      if (isRoomy(peer, this.#known)) roomy--;
    }
  }
}
