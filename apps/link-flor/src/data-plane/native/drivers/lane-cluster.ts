import { isIP } from "node:net";
import { getSystemErrorName } from "node:util";
import {
  type NativeLane,
  type NativeLaneEvent,
  type NativeLaneFigures,
  RecentFigures,
  readLaneFigures,
} from "@florenetes/data-plane";
import { type FlorioPortOptions, ThreadPort, threadPortError } from "@florenetes/florio";
import { nativeClosedEvent, nativeConnectionOf } from "@florenetes/quic";
import { DelegatedTransit, type OpenTransit, type TransitThreadHandlers } from "@florenetes/forwarding";
import type { ClusterPlane, PortalPort } from "../../../cluster-plane.ts";
import type { UdpAddress } from "../../../quic-link/addresses/link-address.ts";
import { NativeSessions } from "../../../quic-link/data-plane/native/native-sessions.ts";
import type { OpenSessionPlane, SessionPlaneDrops } from "../../../quic-link/data-plane/session-plane.ts";
import type {
  Adoption,
  LaneEvent,
  LaneOrders,
  SessionLane,
} from "../../../quic-link/data-plane/native/session-lane.ts";
import type { ResolvableSocket, UdpHandlers } from "../../../quic-link/link-surroundings.ts";
import { LaneSessionOrders } from "./lane-session-orders.ts";
import { type LanePeer, LaneSocket, numberedScope } from "./lane-socket.ts";
import { LaneTransit } from "./lane-transit.ts";

export interface LaneClusterOptions {
  readonly native: NativeLane;
  /** The number by which the thread knows the cluster. */
  readonly cluster: number;
  readonly now: () => number;
  /** Returns a number that no session of the thread has had. */
  readonly newSession: () => number;
  /** Has events of that session ignored from now on. */
  readonly forgetSession: (session: number) => void;
  /** The thread has let go of this cluster: another one may have its number. */
  readonly forget: () => void;
}

type ClusterEvent = Extract<NativeLaneEvent, { readonly cluster: number }>;
type SessionEvent = Exclude<NativeLaneEvent, ClusterEvent>;

/** A promise that the thread's answer settles. */
interface Opening<T> {
  readonly done: (opened: T) => void;
  readonly fail: (error: Error) => void;
}

const noFigures: NativeLaneFigures = {
  sessions: [],
  drops: {
    datagramsIgnored: 0,
    datagramsSessionOver: 0,
    datagramsUntold: 0,
    datagramsUnsent: 0,
    messagesUntold: 0,
    probesUntold: 0,
    packetsNoRoute: 0,
  },
  transit: { labels: 0, packetsDecided: 0 },
};

/** The part of the data thread that serves one cluster: its UDP socket, its FlorIO port, and its sessions that are up. */
export class LaneCluster implements ClusterPlane, SessionLane {
  readonly isPortRepeating = true;
  readonly #options: LaneClusterOptions;
  #links: UdpHandlers | undefined;
  #sessions: NativeSessions | undefined;
  #openingUdp: Opening<ResolvableSocket> | undefined;
  #socket: LaneSocket | undefined;
  #openingPort: Opening<PortalPort> | undefined;
  /** The port that is open, or is being opened. */
  #port: ThreadPort | undefined;
  #transit: LaneTransit | undefined;
  readonly #figures: RecentFigures<NativeLaneFigures>;
  #isIpv6 = false;
  #releasing: (() => void) | undefined;
  /** Datagrams and probes that were given up, since the thread had no room for more orders. */
  #ordersLost = 0;
  readonly #onLost = (): void => void this.#ordersLost++;

  constructor(options: LaneClusterOptions) {
    this.#options = options;
    const { native, cluster, now } = options;
    this.#figures = new RecentFigures(now, () => readLaneFigures(native.figures(cluster)), noFigures);
  }

  readonly openSessions: OpenSessionPlane = (onNews) => {
    return (this.#sessions = new NativeSessions(this, onNews));
  };

  openUdp(listen: { readonly host: string; readonly port: number }, handlers: UdpHandlers): Promise<ResolvableSocket> {
    const { native, cluster } = this.#options;
    this.#links = handlers;
    this.#isIpv6 = isIP(listen.host) === 6;
    return new Promise((done, fail) => {
      this.#openingUdp = { done, fail };
      native.openUdp(cluster, numberedScope(listen.host), listen.port);
    });
  }

  openPort({ bind, connect, handlers }: FlorioPortOptions): Promise<PortalPort> {
    const { native, cluster } = this.#options;
    this.#port = new ThreadPort({ thread: native, number: cluster, handlers, figures: () => this.figures().port });
    return new Promise((done, fail) => {
      this.#openingPort = { done, fail };
      native.openPort(cluster, bind, connect);
    });
  }

  /** Has the thread let go of this cluster, and ignores all that it tells of it from now on. */
  readonly release = (): Promise<void> =>
    new Promise((done) => {
      this.#releasing = done;
      this.#options.native.removeCluster(this.#options.cluster);
    });

  adopt(adoption: Adoption): LaneOrders {
    const { native, cluster, newSession, forgetSession } = this.#options;
    const { connection, ownId, address, isOriginator, payload, probeKey, deadAfterMs, quietMs } = adoption;
    const session = newSession();
    const { host, port, local } = this.#socket!.peerAt(address);
    const counts = native.adopt(
      { session, cluster, ownId, host, port, local, isOriginator, payload, probeKey, deadAfterMs, quietMs },
      nativeConnectionOf(connection)!,
    );
    return new LaneSessionOrders({
      native,
      cluster,
      session,
      peerAt: (at) => this.#socket!.peerAt(at),
      forget: () => forgetSession(session),
      counts,
      figures: () => this.figures().sessions.find((figures) => figures.session === session),
      onLost: this.#onLost,
    });
  }

  readonly openTransit: OpenTransit = ({ onNews }) => {
    const { native, cluster } = this.#options;
    const handlers: TransitThreadHandlers = {
      onTaken: (table, taken, refusal) => {
        transit.handleTaken(table, taken, refusal);
        onNews();
      },
      onReport: (reader, report) => {
        transit.handleReport(reader, report);
        onNews();
      },
    };
    this.#transit = new LaneTransit({ native, cluster, handlers, figures: () => this.figures().transit });
    const transit = new DelegatedTransit(this.#transit);
    return transit;
  };

  drops(): SessionPlaneDrops {
    const { drops } = this.figures();
    return {
      datagramsIgnored: drops.datagramsIgnored,
      datagramsSessionOver: drops.datagramsSessionOver,
      untold: drops.datagramsUntold + drops.messagesUntold + drops.probesUntold + this.#ordersLost,
      unsent: drops.datagramsUnsent,
      packetsNoLink: drops.packetsNoRoute,
    };
  }

  get waitedMs(): number {
    return this.#figures.waitedMs;
  }

  /** The thread's figures of now, or of a moment ago. */
  figures(): NativeLaneFigures {
    return this.#figures.read();
  }

  handleEvent(event: ClusterEvent): void {
    if (event.kind === "clusterRemoved") {
      this.#options.forget();
      this.#releasing?.();
      return;
    }
    if (this.#releasing === undefined) this.#handleServing(event);
  }

  #handleServing(event: Exclude<ClusterEvent, { readonly kind: "clusterRemoved" }>): void {
    switch (event.kind) {
      case "udpOpened":
        this.#handleUdpOpened(event);
        break;
      case "udpFailed":
        this.#openingUdp?.fail(systemError(event.errno, event.text));
        break;
      case "portOpened":
        this.#openingPort?.done(this.#port!);
        this.#openingPort = undefined;
        break;
      case "portFailed":
        this.#openingPort?.fail(threadPortError(event.code, event.text));
        break;
      case "datagram":
        this.#links?.onDatagrams(event.bytes, this.#addressOf(event));
        break;
      case "transitTaken":
      case "transitCounted":
        this.#transit?.handleEvent(event);
        break;
      default:
        // An event that comes while a port is being opened is about the port before it.
        if (this.#openingPort === undefined) this.#port?.handleEvent(event);
    }
  }

  handleSessionEvent(event: SessionEvent): void {
    if (this.#releasing !== undefined) return;
    this.#sessions?.handleEvent(event.session, this.#laneEvent(event), this.#options.now());
  }

  #laneEvent(event: SessionEvent): LaneEvent {
    if (event.kind === "probe") return { kind: "probe", packet: event.bytes, spreadMs: event.spreadMs };
    if (event.kind === "newest") return { kind: "newest", from: this.#addressOf(event), bytes: event.size };
    if (event.kind === "closed") return nativeClosedEvent(event);
    return event;
  }

  #handleUdpOpened(address: UdpAddress): void {
    const { native, cluster } = this.#options;
    const { host, port } = address;
    this.#socket = new LaneSocket({
      native,
      cluster,
      address: { host, port },
      isIpv6: this.#isIpv6,
      figures: () => this.figures().udp,
      onLost: this.#onLost,
    });
    this.#openingUdp?.done(this.#socket);
  }

  #addressOf({ host, port, local }: LanePeer): UdpAddress {
    const address = { host: this.#socket!.withoutScope(host), port };
    return local === "" ? address : { ...address, local };
  }
}

function systemError(errno: number, text: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(text);
  if (errno > 0) error.code = getSystemErrorName(-errno);
  return error;
}
