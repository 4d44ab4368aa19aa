import { createSocket } from "node:dgram";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { QuicEngine } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";
import { nodeDrivers } from "../../../src/transport/drivers/node-drivers.ts";
import type { ClientAddress } from "../../../src/transport/datagrams/datagram-network.ts";
import type { Listener } from "../../../src/transport/streams/local-network.ts";
import type { TransportDrivers } from "../../../src/transport/transport-options.ts";
import { Leftovers, type TransportWorld, type WorkloadUdp } from "./world.ts";

const lookEveryMs = 1;
/** On a busy machine, a test that only computes takes many times as long as it does alone. */
const waitMsMax = 60_000;

/** Real time over quiche, with workloads on sockets of this machine. */
export class RealWorld implements TransportWorld {
  readonly engine: QuicEngine = quicheEngine;
  readonly #leftovers = new Leftovers();

  get now(): number {
    return performance.now();
  }

  wallClock(): Date {
    return new Date();
  }

  drivers(): TransportDrivers {
    return nodeDrivers();
  }

  connect(port: number): Socket {
    return connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  }

  async listen(port: number, onConnection: (socket: Socket) => void): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true }, onConnection);
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
    return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
  }

  async datagramSocket(onDatagram: (bytes: Uint8Array, from: ClientAddress) => void, port = 0): Promise<WorkloadUdp> {
    const socket = createSocket("udp4");
    await new Promise<void>((done) => socket.bind(port, "127.0.0.1", done));
    let isOpen = true;
    socket.on("message", onDatagram);
    // The port that is asked may be closed by then.
    socket.on("error", () => {});
    return this.add({
      port: socket.address().port,
      send: (bytes, to) => socket.send(bytes, to.port, "127.0.0.1", () => {}),
      close: () => {
        if (isOpen) socket.close();
        isOpen = false;
      },
    });
  }

  after(ms: number, action: () => void): () => void {
    const timer = ms === 0 ? undefined : setTimeout(action, ms);
    const immediate = ms === 0 ? setImmediate(action) : undefined;
    return () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    };
  }

  async until(condition: () => boolean, ms: number = waitMsMax): Promise<void> {
    const limit = this.now + ms;
    while (!condition()) {
      if (this.now > limit) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
      await sleep(lookEveryMs);
    }
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }

  add<Thing extends { close(): unknown } | { stop(): unknown }>(thing: Thing): Thing {
    return this.#leftovers.add(thing);
  }

  close(): Promise<void> {
    return this.#leftovers.close();
  }
}
