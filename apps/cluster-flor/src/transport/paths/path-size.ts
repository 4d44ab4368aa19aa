import { headerSize, isMarked } from "@florenetes/forwarding";
import { type Timed, NOT_IN_HEAP } from "@florenetes/scheduling";
import { PAYLOAD_MAX, PROBED_SIZE_MAX } from "../limits.ts";
import type { Route, RouteTable } from "../routes/route-table.ts";
import { PathProber, type PathProberLimits, type PathSizeReason } from "./path-prober.ts";
import { answerIn, ProbeSender, type ProbeSenderOptions } from "./probe-sender.ts";

/** How the size of a path was found. */
type PathSizeOrigin =
  | PathSizeReason
  /** The config sets the size. */
  | "config"
  /** The path has no links. */
  | "local";

/** The size of the packets of a path. */
export interface PathSize {
  /** Largest mesh packet. */
  readonly mtu: number;
  readonly origin: PathSizeOrigin;
  /** Largest payload to make connections for. */
  readonly payloadMax: number;
  /** Whether it is worth waiting a moment: the size is not known yet, and may be soon. */
  readonly isUnknown: boolean;
  /** Whether connections are made only after the size is known. */
  readonly isWaitedFor: boolean;
  /** False: packets with such a payload are known not to arrive. */
  isCarried(payloadMax: number): boolean;
  /** A stream was opened. */
  handleUse(now: number): void;
  /** Packets with such a payload came with a size mark, or get no answer. */
  handleDoubt(payloadMax: number, now: number): void;
}

/** The route and the packet size of a path. */
export interface PathPlace {
  /** Undefined when the service is on this vertex. */
  readonly link: number | undefined;
  readonly labels: readonly number[];
  readonly size: PathSize;
  /** See `PathConfig`. */
  readonly isOverlay?: true | undefined;
  /** The routes between which connections switch; `link` and `labels` are those of the first. Undefined: there is this one alone. */
  readonly routes?: PlaceRoutes | undefined;
}

/** The routes of a path, as a user of the path needs them. */
export interface PlaceRoutes {
  readonly table: RouteTable;
  /** The sizes of all routes, that of `route` first. */
  sizes(route: Route): readonly PathSize[];
  /** The table has changed: users may take another route. */
  handleNews(now: number): void;
}

/** A user of a path: it has connections there. */
export interface PathUser {
  readonly hasStreams: boolean;
  /** The path has another route from now on, or its size is determined in another way. */
  handlePath(path: PathPlace, now: number): void;
  /** A route of the path has failed, is good again, or is another one. */
  handleRoutes(now: number): void;
  /** The size has changed, or packets of the former size are not carried any more. */
  handlePathSize(now: number): void;
}

export interface ProbedPathOptions extends ProbeSenderOptions {
  readonly limits: PathProberLimits;
  readonly setDeadline: (path: ProbedPath, deadline: number) => void;
  /** All users, which are told of changes. The first users are told of the first size in any case. */
  readonly users: readonly PathUser[];
}

/** A path whose size is not probed. */
export function fixedSize(labels: readonly number[], mtu: number | undefined): PathSize {
  const header = headerSize(labels.length);
  const payloadMax = mtu === undefined ? PAYLOAD_MAX : Math.min(PAYLOAD_MAX, mtu - header);
  return {
    mtu: mtu ?? header + PAYLOAD_MAX,
    origin: mtu === undefined ? "local" : "config",
    payloadMax,
    isUnknown: false,
    isWaitedFor: false,
    isCarried: (payload) => payload <= payloadMax,
    handleUse: () => {},
    handleDoubt: () => {},
  };
}

/** A path with links: its prober, and what sends the probes. */
export class ProbedPath implements PathSize, Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly isWaitedFor = false;
  readonly link: number;
  readonly #options: ProbedPathOptions;
  readonly #sender: ProbeSender;
  readonly #prober: PathProber;
  #isAwaited: boolean;

  constructor(options: ProbedPathOptions) {
    this.#options = options;
    this.#sender = new ProbeSender(options);
    this.link = options.link;
    this.#isAwaited = options.users.length > 0;
    this.#prober = new PathProber({
      limits: options.limits,
      sizeMax: PROBED_SIZE_MAX,
      newNonce: () => this.#sender.newNonce(),
    });
  }

  get idHigh(): number {
    return this.#sender.idHigh;
  }

  get idLow(): number {
    return this.#sender.idLow;
  }

  /** Bytes of a mesh packet before its payload. */
  get headerSize(): number {
    return this.#sender.headerSize;
  }

  get mtu(): number {
    return this.#prober.size;
  }

  get origin(): PathSizeReason {
    return this.#prober.reason;
  }

  get payloadMax(): number {
    return this.#prober.size - this.headerSize;
  }

  get isUnknown(): boolean {
    return this.#prober.reason === "probing";
  }

  isCarried(payload: number): boolean {
    return this.#prober.isCarried(payload + this.headerSize);
  }

  /** The first link's state, size or preferred size may have changed. */
  handleLink(now: number): void {
    const { packetOrigin, link } = this.#options;
    this.#prober.handleLink(packetOrigin.mtu(link), packetOrigin.preferredMtu(link), now);
    this.#settle(now);
  }

  handleUse(now: number): void {
    this.#prober.handleUse(now);
    this.#arm();
  }

  handleDoubt(payload: number, now: number): void {
    this.#prober.handleDoubt(payload + this.headerSize, now);
    this.#arm();
  }

  /** Takes a packet with this path's ConnectionId. False: it answers none of the path's probes. */
  handlePacket(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const answer = answerIn(packet, start, end);
    if (answer === undefined) return false;
    const wasMarked = answer.isMarked || isMarked(packet, start);
    const isOurs = this.#prober.handleAnswer(answer.nonce, answer.size, wasMarked, now);
    this.#settle(now);
    return isOurs;
  }

  handleTimeout(now: number): void {
    const { packetOrigin, link, users } = this.#options;
    const isInUse = users.some(({ hasStreams }) => hasStreams);
    this.#prober.handleTimeout({ isInUse, isQuiet: packetOrigin.quietSeconds(link) > 0 }, now);
    this.#settle(now);
  }

  #settle(now: number): void {
    for (let probe = this.#prober.pollProbe(); probe !== undefined; probe = this.#prober.pollProbe()) {
      this.#sender.send(probe.size, probe.nonce);
    }
    const isFound = this.#isAwaited && !this.isUnknown;
    if (isFound) this.#isAwaited = false;
    if (this.#prober.takeChange() || isFound) for (const user of this.#options.users) user.handlePathSize(now);
    this.#arm();
  }

  #arm(): void {
    const deadline = this.#prober.nextTimeout();
    if (deadline !== this.deadline) this.#options.setDeadline(this, deadline);
  }
}
