/** A link that an agent makes: whose turn it is to call, where, and until when the order for it holds. Pure. */
import type { OverlayLink } from "../door/overlay.ts";
import type { Moment } from "../moment.ts";
import {
  CALL_MARGIN_MS,
  CALL_MS,
  CANDIDATE_MS,
  CANDIDATE_RATE,
  CONFLICT_MS,
  CONFLICTS_MAX,
  ENDPOINTS_MAX,
  EQUAL_MS,
  HEARD_MS,
  LET_IN_MS,
  REST_MS,
  STEADY_MS,
} from "./limits.ts";
import { linkNameOf } from "./link-name.ts";

/**
 * `calls`: this end calls at one endpoint; `lets-in`: the peer calls; `up`; `rests`: this end neither calls nor counts on the link, and what was tried is not tried
 * again before the pause is over.
 */
export type Phase = "calls" | "lets-in" | "up" | "rests";

/** The code of a link that its peer wants no more (docs/protocol/portal-api.md). */
export const CLOSED = "CLOSED";
/** Two codes of links whose peer has answered. */
const NOT_WANTED = "NOT_WANTED";
const ROLE_CONFLICT = "ROLE_CONFLICT";

/** Octets by which a pause is jittered. */
export const RANDOM_SIZE = 4;

export class PeerLink {
  readonly peer: string;
  readonly tag: string;
  readonly name: string;
  phase: Phase = "rests";
  /** The peer has called, and no record names it: since when, in milliseconds since 1970; undefined: it is a neighbour. */
  candidateSince: number | undefined;
  /** The endpoint that is called, or by which the link is up; undefined: the peer calls. */
  endpoint: string | undefined;
  /** Endpoints of this round that were called. */
  readonly tried: Set<string> = new Set();
  /** Endpoints by which it was up, the last one last: as many as an order has room for. */
  readonly proven: Set<string> = new Set();
  /** Rounds in vain since it was up last. */
  vain = 0;
  attempts = 0;
  failures = 0;
  /** Why the last call came to nothing. */
  code = "";
  /** The end of the phase, in monotonic milliseconds. */
  phaseEnds: number = Number.POSITIVE_INFINITY;
  /** The end of the order in milliseconds since 1970, but for a link that is up. */
  #until = 0;
  #upSince: number = Number.POSITIVE_INFINITY;
  #since = 0;
  /** The endpoint at which the peer was seen while the link was up; undefined: it was not. */
  seen: string | undefined;
  /** Whose part it was to call when the link was lost last; undefined: it never was. */
  #lostAs: "caller" | "called" | undefined;
  /** Times since then that both ends have called, and this one went on. */
  #conflicts = 0;
  /** The link has been up since it last rested. */
  #wasUp = false;
  /** A link that was up keeps its order for so long, in milliseconds since 1970, though nobody is called: streams wait on its paths, and the peer may call. */
  #keptUntil = 0;

  constructor(peer: string, tag: string) {
    this.peer = peer;
    this.tag = tag;
    this.name = linkNameOf(peer);
  }

  /** Whether there is an order for it. */
  get isOrdered(): boolean {
    return this.phase !== "rests";
  }

  /** For how long it has been up. */
  upForMs(now: number): number {
    return this.phase === "up" ? now - this.#upSince : 0;
  }

  /** Takes over a link that an earlier life of the agent has ordered: an order that ends late is of a link that was up. */
  adopt(endpoints: readonly string[], until: number, at: Moment): void {
    const [first] = endpoints;
    this.#wasUp = this.candidateSince === undefined && until > at.wall + LET_IN_MS + CALL_MARGIN_MS;
    for (const endpoint of this.#wasUp ? endpoints.toReversed() : []) this.#prove(endpoint);
    if (first === undefined) this.letIn(LET_IN_MS, at);
    else this.call(first, at);
  }

  call(endpoint: string, at: Moment): void {
    this.tried.add(endpoint);
    this.endpoint = endpoint;
    this.attempts++;
    this.#enter("calls", CALL_MS, at);
  }

  /** The peer that is called has answered, and does not want the link yet. */
  get isHeard(): boolean {
    return this.code === NOT_WANTED;
  }

  letIn(forMs: number, at: Moment): void {
    this.endpoint = undefined;
    this.#enter("lets-in", forMs, at);
  }

  /** Why a call has come to nothing so far. @param isFirst This end is first by its name */
  handleCode(code: string, isFirst: boolean, at: Moment): void {
    this.code = code;
    if (code === NOT_WANTED) this.handleHeard(at);
    if (code === ROLE_CONFLICT) this.handleConflict(isFirst, at);
  }

  /** The peer that is called has answered, and does not want the link yet. */
  handleHeard(at: Moment): void {
    const ends = this.#since + HEARD_MS;
    if (this.phase !== "calls" || this.phaseEnds >= ends) return;
    this.phaseEnds = ends;
    this.#until = at.wall + Math.ceil(ends - at.now) + CALL_MARGIN_MS;
  }

  /**
   * Both ends call. Of a link that was up the end goes on that was called before, as it has a reason: it is elsewhere now, where the other one does not call. Of a new
   * link the end goes on that is first by its name.
   */
  handleConflict(isFirst: boolean, at: Moment): void {
    if (this.#lostAs === "called" && this.#conflicts++ < CONFLICTS_MAX) {
      this.tried.delete(this.endpoint!);
      this.letIn(CONFLICT_MS, at);
    } else if (this.#lostAs === undefined && isFirst) this.handleHeard(at);
    else this.letIn(this.#lostAs === undefined ? HEARD_MS + EQUAL_MS : HEARD_MS, at);
  }

  handleUp(endpoint: string | undefined, at: Moment): void {
    this.endpoint = endpoint;
    if (endpoint !== undefined) this.#prove(endpoint);
    this.#enter("up", Number.POSITIVE_INFINITY, at);
    this.#upSince = at.now;
    this.#wasUp = true;
    this.code = "";
    this.tried.clear();
  }

  /** The link is down: this end calls where it has called before, or lets the peer in. */
  handleLost(letInMs: number, at: Moment): void {
    if (at.now - this.#upSince >= STEADY_MS) this.vain = 0;
    this.#keptUntil = at.wall + LET_IN_MS;
    this.#lostAs = this.endpoint === undefined ? "called" : "caller";
    this.#conflicts = 0;
    this.tried.clear();
    if (this.endpoint === undefined) this.letIn(letInMs, at);
    else this.call(this.endpoint, at);
  }

  /** Nothing more is to be tried in this round. @param mostMs The longest pause, before it is jittered @param random Octets by which it is */
  rest(mostMs: number, random: Uint8Array, at: Moment): void {
    const pause = Math.min(mostMs, REST_MS * 2 ** Math.min(this.vain, 10));
    this.vain++;
    this.failures++;
    this.endpoint = undefined;
    this.#wasUp = false;
    this.tried.clear();
    const jitter = Buffer.from(random).readUInt32BE(0) / 0x1_0000_0000;
    this.#enter("rests", pause * (0.5 + jitter), at);
  }

  /** Something has changed: what was tried in vain may be tried at once. */
  beginAnew(at: Moment): void {
    this.vain = 0;
    if (this.phase === "rests") this.phaseEnds = at.now;
  }

  /** Ends a call at once, without a pause: there is something better to call. */
  giveUp(at: Moment): void {
    this.endpoint = undefined;
    this.tried.clear();
    this.#enter("rests", 0, at);
  }

  /** The network here is another one. */
  handleMoved(at: Moment): void {
    this.beginAnew(at);
    // A peer that called here, and was lost, calls in vain where this node has been.
    if (this.phase === "lets-in" && this.#wasUp) this.phaseEnds = at.now;
  }

  /** Whether a candidate has been one for too long. */
  isCandidateOver(wall: number): boolean {
    return this.candidateSince !== undefined && wall >= this.candidateSince + CANDIDATE_MS;
  }

  /** When the order ends of a link that is not up, or is a candidate's, in milliseconds since 1970. */
  get until(): number {
    return this.#until;
  }

  /** When to look at a candidate that is up, as its order or its time ends, in milliseconds since 1970; Infinity: it is none. */
  get candidateDue(): number {
    if (this.phase !== "up" || this.candidateSince === undefined) return Number.POSITIVE_INFINITY;
    const end = this.candidateSince + CANDIDATE_MS;
    // The last order of a candidate is made no longer.
    return this.#until < end ? this.#until - LET_IN_MS / 2 : end;
  }

  /** Has the order of a candidate that is up go on. */
  extend({ wall }: Moment): void {
    this.#until = Math.min(wall + LET_IN_MS, this.candidateSince! + CANDIDATE_MS);
  }

  /**
   * The order; undefined: there is none.
   *
   * @param longUntil The end of what a link that is up rests on
   * @param wall Milliseconds since 1970
   */
  order(longUntil: number, wall: number): OverlayLink | undefined {
    const { name, peer, tag, endpoint, candidateSince } = this;
    if (this.phase === "rests") {
      if (wall >= this.#keptUntil || candidateSince !== undefined) return undefined;
      return { name, peer, ...(tag !== "0" && { tag }), endpoints: [], until: this.#keptUntil };
    }
    const isCandidate = candidateSince !== undefined;
    // A link that breaks comes back without the agent, too: where this node has found the peer before, and nowhere else.
    const isLong = this.#wasUp && (endpoint === undefined || this.proven.has(endpoint));
    const others =
      isLong && endpoint !== undefined ? [...this.proven].toReversed().filter((each) => each !== endpoint) : [];
    return {
      name,
      peer,
      ...(tag !== "0" && { tag }),
      endpoints: endpoint === undefined ? [] : [endpoint, ...others.slice(0, ENDPOINTS_MAX - 1)],
      ...(isCandidate && { rate: CANDIDATE_RATE }),
      until: isLong && !isCandidate ? longUntil : this.#until,
    };
  }

  #prove(endpoint: string): void {
    this.proven.delete(endpoint);
    if (this.proven.size >= ENDPOINTS_MAX) this.proven.delete(this.proven.values().next().value!);
    this.proven.add(endpoint);
  }

  #enter(phase: Phase, forMs: number, { now, wall }: Moment): void {
    this.phase = phase;
    this.#since = now;
    this.phaseEnds = now + forMs;
    this.#until = wall + (Number.isFinite(forMs) ? Math.ceil(forMs) + CALL_MARGIN_MS : 0);
  }
}
