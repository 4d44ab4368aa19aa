import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { getSystemErrorName } from "node:util";
import type {
  NativeCluster,
  NativeClusterEvent,
  NativeClusterFigures,
  NativeEndFigures,
  RecentFigures,
} from "@florenetes/data-plane";
import type { DatagramAddress, ListenAddress, ServiceTarget } from "@florenetes/config-file";
import { freeStreamSocketPath } from "@florenetes/process-kit";
import { nativeConnectionOf } from "@florenetes/quic";
import { listenError } from "../../../transport/drivers/listen-error.ts";
import { ADDRESSES_MAX } from "../../../transport/limits.ts";
import { LaneStreams } from "../../../transport/data-plane/native/lane-streams.ts";
import type {
  EndAdoption,
  LaneServing,
  TransportLane,
  TransportLaneFigures,
} from "../../../transport/data-plane/native/transport-lane.ts";
import type { Way } from "../../../transport/packets/packet-sender.ts";
import type { ListenOptions, Listener } from "../../../transport/streams/local-network.ts";

type HostTarget = Extract<ServiceTarget, { readonly kind: "tcp" | "udp" }>;
type ListeningEvent = Extract<NativeClusterEvent, { readonly kind: "listening" | "listenFailed" }>;

/** A listener whose result the thread has not told yet. */
interface Opening {
  readonly address: ListenAddress;
  readonly done: (listener: Listener) => void;
  readonly fail: (error: Error) => void;
}

export interface LaneTransportOptions {
  readonly recent: RecentFigures<NativeClusterFigures>;
  /** The most connections of workloads at a time. */
  readonly workloadsMax: number;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

/** End-to-end connections and workloads of the data thread. */
export class LaneTransport implements TransportLane {
  readonly #native: NativeCluster;
  readonly #recent: RecentFigures<NativeClusterFigures>;
  readonly #workloadsMax: number;
  readonly #opening = new Map<number, Opening>();
  /** Targets of services, whose host names are looked up whenever the thread asks. Undefined: this process. */
  readonly #targets = new Map<number, ServiceTarget | undefined>();
  /** Streams and flows whose workload is this process. */
  readonly streams: LaneStreams;
  /** Packets for which the thread had no room. */
  #undelivered = 0;
  #read: NativeClusterFigures | undefined;
  #figures: TransportLaneFigures = {
    connections: new Map(),
    accounts: [],
    streamsUntold: 0,
    memoryHeld: 0,
    workloads: 0,
    filesTaken: 0,
    drops: {},
  };

  constructor(native: NativeCluster, { recent, workloadsMax, soon }: LaneTransportOptions) {
    this.#native = native;
    this.#recent = recent;
    this.#workloadsMax = workloadsMax;
    this.streams = new LaneStreams(native, soon);
  }

  adopt({ quic, way, ...adoption }: EndAdoption): void {
    const { outLink, words } = way;
    this.#native.adopt({ ...adoption, outLink, words }, nativeConnectionOf(quic)!);
  }

  deliverPacket(inLink: number, service: number | undefined, packet: Uint8Array): void {
    if (!this.#native.deliverPacket(inLink, service, packet)) this.#undelivered++;
  }

  sendControl(connection: number, bytes: Uint8Array): void {
    this.#native.sendControl(connection, bytes);
  }

  setWay(connection: number, { outLink, words }: Way): void {
    this.#native.setWay(connection, outLink, words);
  }

  shrink(connection: number, payloadMax: number): void {
    this.#native.shrink(connection, payloadMax);
  }

  drain(connection: number): void {
    this.#native.drain(connection);
  }

  close(connection: number, code: number, reason: string, isRepeated: boolean): void {
    this.#native.closeConnection(connection, code, reason, isRepeated);
  }

  abandon(connection: number, code: number, reason: string): void {
    this.#native.abandon(connection, code, reason);
  }

  repeatClose(connection: number): void {
    this.#native.repeatClose(connection);
  }

  async listen(tunnel: number, trunk: number, options: Omit<ListenOptions, "onConnection">): Promise<Listener> {
    const { address, mode, owner } = options;
    if (address.kind === "unix") {
      await freeStreamSocketPath(address.path);
      const at = { path: address.path, ...(mode !== undefined && { mode }), ...owner };
      return this.#listen(tunnel, trunk, address, at);
    }
    try {
      const { address: host } = await lookup(address.host);
      return await this.#listen(tunnel, trunk, address, { host, port: address.port });
    } catch (error) {
      throw isSystemError(error) ? listenError(address, error) : error;
    }
  }

  async listenDatagrams(tunnel: number, trunk: number, address: DatagramAddress): Promise<Listener> {
    const { host, port } = address;
    return await this.#listen(tunnel, trunk, address, { host, port, isUdp: true });
  }

  setCurrent(trunk: number, connection: number | undefined): void {
    this.#native.setCurrent(trunk, connection);
  }

  setBeside(trunk: number, connections: readonly number[]): void {
    this.#native.setBeside(trunk, Uint32Array.from(connections));
  }

  hold(trunk: number, connection: number): void {
    this.#native.hold(trunk, connection);
  }

  refuseWaiting(trunk: number, code: number, text: string): void {
    this.#native.refuseWaiting(trunk, code, text);
  }

  setConnectWait(account: number, waitMs: number): void {
    this.#native.setConnectWait(account, waitMs);
  }

  setUnreachable(trunk: number, isUnreachable: boolean): void {
    this.#native.setUnreachable(trunk, isUnreachable);
  }

  leadTunnel(tunnel: number, trunk: number): void {
    this.#native.leadTunnel(tunnel, trunk);
  }

  leadOwn(account: number, former: number, trunk: number): void {
    this.#native.leadOwn(account, former, trunk);
  }

  setService(service: number, target: ServiceTarget, { flowIdleMs, tellsPrincipal, isStopped }: LaneServing): void {
    this.#targets.set(service, target);
    const flows = flowIdleMs === undefined ? {} : { flowIdleMs };
    if (target.kind === "unix") this.#native.setService(service, { path: target.path }, tellsPrincipal, isStopped);
    else if (target.kind === "tcp" || target.kind === "udp") {
      const { host, port } = target;
      const place = isIP(host) === 0 ? {} : { host, port };
      this.#native.setService(service, { ...place, ...flows }, tellsPrincipal, isStopped);
    }
  }

  setOwnService(service: number, { flowIdleMs, tellsPrincipal, isStopped }: LaneServing): void {
    this.#targets.set(service, undefined);
    this.#native.setOwnService(service, flowIdleMs ?? null, tellsPrincipal, isStopped);
  }

  setGrant(service: number, until: number | undefined): void {
    this.#native.setGrant(service, until ?? null);
  }

  forgetService(service: number): void {
    this.#targets.delete(service);
    this.streams.forgetService(service);
    this.#native.forgetService(service);
  }

  forgetAccount(account: number): void {
    this.#native.forgetAccount(account);
  }

  forgetTrunk(trunk: number): void {
    this.#native.forgetTrunk(trunk);
  }

  figures(): TransportLaneFigures {
    const read = this.#recent.read();
    if (read === this.#read) return this.#figures;
    this.#read = read;
    const { accounts, streamsUntold, memoryHeld, workloadsOpen: workloads } = read;
    const { wrongService, connectionOver, unauthenticated, packetsUntold, messagesUntold } = read.drops;
    const untold = packetsUntold + messagesUntold + this.#undelivered;
    const drops = { wrongService, connectionOver, unauthenticated, untold };
    const connections = new Map(
      read.connections.map((figures): [number, NativeEndFigures] => [figures.connection, figures]),
    );
    const filesTaken = workloads / this.#workloadsMax;
    return (this.#figures = { connections, accounts, streamsUntold, memoryHeld, workloads, filesTaken, drops });
  }

  get waitedMs(): number {
    return this.#recent.waitedMs;
  }

  handleListening(event: ListeningEvent): void {
    const opening = this.#opening.get(event.tunnel);
    this.#opening.delete(event.tunnel);
    if (event.kind === "listening") {
      return opening?.done({ port: event.tcpPort, close: () => this.#native.stopListening(event.tunnel) });
    }
    const error: NodeJS.ErrnoException = new Error(event.text);
    if (event.errno > 0) error.code = getSystemErrorName(-event.errno);
    opening?.fail(listenError(opening.address, error));
  }

  /**
   * The thread asks for the addresses of a service's target, and asks again after an answer only. A target that a reload replaces
   * during the look-up is not answered with: the next one is looked up.
   */
  async resolve(service: number): Promise<void> {
    // The thread has forgotten the questions of a service that is gone.
    if (!this.#targets.has(service)) return;
    const target = this.#targets.get(service);
    if (target?.kind !== "tcp" && target?.kind !== "udp") {
      return this.#native.resolved(service, [], 0, "the service has another target now, which has no name");
    }
    const { hosts, failure } = await addressesOf(target);
    if (this.#targets.get(service) !== target) return this.resolve(service);
    this.#native.resolved(service, hosts, target.port, failure);
  }

  #listen(
    tunnel: number,
    trunk: number,
    address: ListenAddress,
    at: Parameters<NativeCluster["listen"]>[2],
  ): Promise<Listener> {
    return new Promise((done, fail) => {
      this.#opening.set(tunnel, { address, done, fail });
      this.#native.listen(tunnel, trunk, at);
    });
  }
}

/** The addresses behind a target's host name, or why there are none, for people. */
async function addressesOf({ kind, host, port }: HostTarget): Promise<{ hosts: string[]; failure: string }> {
  try {
    const addresses = await lookup(host, { all: true });
    return { hosts: addresses.slice(0, ADDRESSES_MAX).map(({ address }) => address), failure: "" };
  } catch (error) {
    const reason = isSystemError(error) ? error.code! : String(error);
    return { hosts: [], failure: `${kind}://${host}:${port}: ${reason}` };
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
