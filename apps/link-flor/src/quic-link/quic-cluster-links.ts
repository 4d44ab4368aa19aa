import type { LinkKey, LinkStats, LinkWish } from "@florenetes/portal-api";
import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { ClusterLinks, LinkCredentials, LinkEnd, LinkObserver, LinkStatusRow } from "../link-protocol.ts";
import type { LinkTraffic } from "../link-traffic.ts";
import { formatEndpoint, type UdpAddress } from "./addresses/link-address.ts";
import { Endpoint } from "./endpoint.ts";
import type { EndpointIdentity, EndpointOptions } from "./endpoint-options.ts";
import type { OpenSessionPlane, SessionPlane } from "./data-plane/session-plane.ts";
import { HALF_OPEN_KNOWN_MAX, HALF_OPEN_MAX, TRANSMITS_PER_TURN } from "./limits.ts";
import type { LinkSocket, LinkSurroundings } from "./link-surroundings.ts";
import { QueueLoad } from "./links/queue-load.ts";
import { reasons, verdict } from "./reasons.ts";
import type { DoorHandlers, DoorWay } from "./visits/visit.ts";
import type { KnownAddresses } from "./strangers/known-addresses.ts";

/** Pause between two attempts to send while the kernel's buffer is full. */
const RETRY_DELAY_MS = 1;
/** A process that stops waits this long at most until all neighbours are told. By default they find out after a second of silence anyway. */
const GOODBYE_MS = 500;

export interface QuicClusterLinksOptions extends Omit<EndpointOptions, "wallClock" | "plane"> {
  readonly time: ProcessTime;
  /** Makes what carries sessions once they are up. */
  readonly openSessions: OpenSessionPlane;
  /** The identity that other credentials of the same vertex stand for. */
  readonly identityOf: (credentials: LinkCredentials) => EndpointIdentity;
}

/** The end of the links: when all neighbours are told, or at the time `until`. */
interface Leave {
  readonly until: number;
  readonly done: (closed: Promise<void>) => void;
}

/**
 * The links of one cluster: an endpoint, with its turns of the event loop. Everything that happens in one round of the event loop is
 * followed by one turn, when the sockets have been read. Time, socket and name look-ups are handed in: `quicLinkProtocol`
 * (drivers/) hands in the real ones.
 */
export class QuicClusterLinks implements ClusterLinks {
  readonly #endpoint: Endpoint;
  readonly #plane: SessionPlane;
  readonly #queueLoad = new QueueLoad();
  readonly #observer: LinkObserver;
  readonly #time: ProcessTime;
  readonly #identityOf: QuicClusterLinksOptions["identityOf"];
  /** Plans a turn instead of taking it at once: a process that was stopped reads what its peers have said before it judges them. */
  readonly #timer: WakeUpTimer;
  readonly #wakeBound = (): void => this.#wake();
  #surroundings: LinkSurroundings | undefined;
  #isTurnDue = false;
  #isWakePlanned = false;
  /** Whether packets are being given to the observer: all that it sends meanwhile leaves at the end of the turn. */
  #isSettling = false;
  #closed: Promise<void> | undefined;
  #leave: Leave | undefined;
  #isClosed = false;

  constructor(options: QuicClusterLinksOptions, observer: LinkObserver) {
    const { time } = options;
    this.#time = time;
    this.#observer = observer;
    this.#identityOf = options.identityOf;
    this.#timer = time.wakeUps.timer(() => this.#planTurn());
    this.#plane = options.openSessions(() => this.#planTurn());
    this.#endpoint = new Endpoint(
      {
        ...options,
        wallClock: time.wallClock,
        plane: this.#plane,
      },
      {
        onStatus: (status) => {
          if (status.state === "up") this.#joined.kept.handleChange();
          observer.onStatus(status);
        },
        onOfferFailed: (offer) => observer.onOfferFailed(offer),
        onKnock: (knock) => observer.onKnock(knock),
        onVisit: (handlers) => this.#openDoor(handlers),
        onPacket: (handle, packet, start, end) => observer.onPacket(handle, packet, start, end),
        onResolve: (attempt, host, port) => this.#resolve(attempt, host, port),
      },
      time.now(),
    );
  }

  /** Takes the socket, which calls `onDatagrams`, and the other surroundings. To be called before any link is wanted. */
  join(surroundings: LinkSurroundings): void {
    this.#surroundings = surroundings;
  }

  /** The addresses of neighbours that are to be kept for the next start. */
  get knownAddresses(): KnownAddresses {
    return this.#endpoint.strangers.known;
  }

  get listening(): string {
    return formatEndpoint(this.#joined.socket.address);
  }

  get handshakes(): Counts {
    return this.#endpoint.handshakes;
  }

  get attempts(): ClusterLinks["attempts"] {
    const { taken, waiting } = this.#endpoint.links.places;
    return { underWay: taken, waiting };
  }

  get traffic(): LinkTraffic {
    return { ...this.#joined.socket.counters, ...this.#endpoint.strangers.counters };
  }

  loads(): PressureLoads {
    const { links, strangers } = this.#endpoint;
    return {
      queue: this.#queueLoad.look(links.queues()),
      handshakes: strangers.admission.halfOpen / (HALF_OPEN_MAX + HALF_OPEN_KNOWN_MAX),
      ...this.#plane.loads(),
    };
  }

  get drops(): Counts {
    const { strangers, drops } = this.#endpoint;
    return { ...strangers.drops, ...drops };
  }

  handleCredentials(credentials: LinkCredentials): void {
    this.#endpoint.handleIdentity(this.#identityOf(credentials), this.#time.now());
    this.#planTurn();
  }

  handleRevocations(): void {
    this.#endpoint.handleRevocations(this.#time.now());
    this.#planTurn();
  }

  awaitWishes(isAwaiting: boolean): void {
    this.#endpoint.links.held.isAwaiting = isAwaiting;
    this.#planTurn();
  }

  want(wish: LinkWish): void {
    this.#endpoint.links.want(wish, this.#time.now());
    this.#planTurn();
  }

  unwant(key: LinkKey, why: LinkEnd): void {
    this.#endpoint.links.unwant(key, verdict(reasons[why]), this.#time.now());
    this.#planTurn();
  }

  unwantAll(why: LinkEnd): void {
    this.#endpoint.links.unwantAll(verdict(reasons[why]), this.#time.now());
    this.#planTurn();
  }

  send(handle: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#endpoint.send(handle, packet, start, end, inLink, this.#time.now());
    if (!this.#isSettling) this.#planTurn();
  }

  flush(): void {
    if (this.#isTurnDue) this.#turn();
  }

  stats(): LinkStats[] {
    return this.#endpoint.links.stats();
  }

  rows(): LinkStatusRow[] {
    return this.#endpoint.links.rows(this.#time.now());
  }

  close(): Promise<void> {
    return (this.#closed ??= new Promise((done) => {
      this.#endpoint.strangers.close();
      this.#endpoint.visits.close();
      this.#endpoint.links.unwantAll(verdict(reasons.stopping), this.#time.now());
      this.#leave = { until: this.#time.now() + GOODBYE_MS, done };
      this.#turn();
    }));
  }

  /** The socket has received one datagram, or several of one sender that the kernel has joined. Returns the number of datagrams. */
  onDatagrams(datagrams: Uint8Array, from: UdpAddress): number {
    this.#planTurn();
    return this.#endpoint.handleDatagram(datagrams, from, this.#time.now());
  }

  get #joined(): LinkSurroundings {
    return this.#surroundings!;
  }

  // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #planTurn(): void {
    this.#isTurnDue = true;
    if (this.#isWakePlanned) return;
    this.#isWakePlanned = true;
    this.#time.wakeUps.soon(this.#wakeBound);
  }

  #wake(): void {
    this.#isWakePlanned = false;
    // After a flush there may be nothing to do.
    if (this.#isTurnDue) this.#turn();
  }

  #turn(): void {
    this.#isTurnDue = false;
    if (this.#isClosed) return;
    const now = this.#time.now();
    this.#isSettling = true;
    this.#endpoint.handleTimeout(now);
    this.#endpoint.settle(now);
    this.#observer.onPacketsEnd();
    this.#isSettling = false;
    this.#transmit(this.#joined.socket, now);
    const next = this.#endpoint.nextTimeout();
    if (next <= now) this.#planTurn();
    else this.#timer.set(next);
    if (this.#leave !== undefined) this.#leaveWhenTold(this.#leave, now);
  }

  #transmit(socket: LinkSocket, now: number): void {
    let isWritable = socket.isWritable;
    for (let sent = 0; isWritable && sent < TRANSMITS_PER_TURN; sent++) {
      const length = this.#endpoint.pollTransmit(socket.slot, now);
      if (length === 0) break;
      isWritable = socket.sendSlot(length, this.#endpoint.transmitTo);
      if (sent === TRANSMITS_PER_TURN - 1) this.#planTurn();
    }
    if (!socket.flush()) this.#timer.set(now + RETRY_DELAY_MS);
  }

  /** Closes the socket once all neighbours are told, or at the latest time: a busy link may have no room for its CONNECTION_CLOSE at first. */
  #leaveWhenTold({ until, done }: Leave, now: number): void {
    if (this.#endpoint.isLeaving && now < until) {
      this.#timer.set(until);
      return;
    }
    this.#isClosed = true;
    this.#timer.close();
    this.#joined.kept.close();
    done(this.#joined.socket.close());
  }

  #openDoor({ onData, onEnd }: DoorHandlers): DoorWay | undefined {
    return this.#joined.openDoor({
      onData: (bytes) => {
        onData(bytes);
        this.#planTurn();
      },
      onEnd: () => {
        onEnd();
        this.#planTurn();
      },
    });
  }

  #resolve(attempt: number, host: string, port: number): void {
    this.#joined.resolve(host, port, (address, problem) => {
      this.#endpoint.handleResolved(attempt, address, problem, this.#time.now());
      this.#planTurn();
    });
  }
}
