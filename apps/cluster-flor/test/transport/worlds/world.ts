/** The transports of a test live in a world: in virtual time, or in real time. */
import type { CarriedConfig, DataPlane, DataPlaneHandlers } from "../../../src/data-plane/data-plane.ts";
import type { OpenTransportPlane } from "../../../src/transport/data-plane/transport-plane.ts";
import type { QuicEngine } from "@florenetes/quic";
import type { ResettableStream } from "../../../src/transport/drivers/node-socket.ts";
import type { ClientAddress } from "../../../src/transport/datagrams/datagram-network.ts";
import type { Listener } from "../../../src/transport/streams/local-network.ts";
import type { TransportDrivers } from "../../../src/transport/transport-options.ts";

/** A workload's end of a connection. */
export type WorkloadSocket = ResettableStream;

/** A UDP socket of a workload. */
export interface WorkloadUdp {
  readonly port: number;
  send(bytes: Uint8Array, to: { readonly port: number }): void;
  close(): void;
}

/** How long a test waits for a condition, in milliseconds of its world. */
export const waitMsMax = 5_000;

/** A link of a vertex, as the carrier of the vertex's packets sees it. */
interface CarriedLink {
  readonly isCut: boolean;
  readonly isWritable: boolean;
  readonly mtu: number;
  readonly preferredMtu: number;
}

/** A vertex whose packets and workloads somebody carries elsewhere than in its process. */
export interface CarriedVertex extends Pick<DataPlaneHandlers, "onPacket" | "onTurnEnd"> {
  readonly links: readonly CarriedLink[];
  /** A packet of the vertex leaves on a link. */
  send(link: number, packet: Uint8Array): void;
}

export interface Carriage {
  readonly plane: Pick<DataPlane, "reconfigure" | "figures">;
  readonly openPlane: OpenTransportPlane;
  /** Takes a packet that starts at the vertex itself. */
  sendPacket(link: number, packet: Uint8Array, start: number, end: number): boolean;
  /** A frame has come over a link. */
  handleFrame(link: number, frame: Uint8Array): void;
  /** Hears that the state or the size of a link has changed. */
  handleLink(link: number): void;
  /** Drops all that the vertex sends from now on. */
  silence(): void;
  close(): void;
}

export interface TransportWorld {
  /** Carries a vertex's packets. If undefined, the process of the vertex does. */
  carry?(vertex: CarriedVertex, config: CarriedConfig): Promise<Carriage>;

  readonly engine: QuicEngine;
  /** Monotonic milliseconds. */
  readonly now: number;
  wallClock(): Date;
  /** The machine of a transport: sockets, timers, clocks, random bytes. */
  drivers(): TransportDrivers;
  connect(port: number): WorkloadSocket;
  /** @param port The port; 0: any port. */
  listen(port: number, onConnection: (socket: WorkloadSocket) => void): Promise<Listener>;
  /** A UDP socket of a workload, which is closed with the world. */
  datagramSocket(
    onDatagram: (bytes: Uint8Array, from: ClientAddress) => void,
    port?: number,
    address?: string,
  ): Promise<WorkloadUdp>;
  /** Runs an action once; returns a function that cancels it. */
  after(ms: number, action: () => void): () => void;
  /** Waits until the condition holds; throws after `ms`. */
  until(condition: () => boolean, ms?: number): Promise<void>;
  sleep(ms: number): Promise<void>;
  /** Has a thing closed or stopped with the world. */
  add<Thing extends { close(): unknown } | { stop(): unknown }>(thing: Thing): Thing;
  /** Undoes what was added, in reverse order. */
  close(): Promise<void>;
}

/** Things that have to be undone. */
export class Leftovers {
  readonly #undo: (() => unknown)[] = [];

  add<Thing extends { close(): unknown } | { stop(): unknown }>(thing: Thing): Thing {
    this.#undo.push(() => ("close" in thing ? thing.close() : thing.stop()));
    return thing;
  }

  /** Undoes all, the last one first. */
  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
  }
}

/** Runs an action again and again, in intervals of `ms`. Returns a function that ends it. */
export function every(world: TransportWorld, ms: number, action: () => void): () => void {
  let cancel = (): void => {};
  const again = (): void => {
    action();
    cancel = world.after(ms, again);
  };
  cancel = world.after(ms, again);
  return () => cancel();
}
