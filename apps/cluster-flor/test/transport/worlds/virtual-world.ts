import type { QuicEngine } from "@florenetes/quic";
import { chainVerifier, simulatedEngine } from "@florenetes/quic/simulated";
import { Life, Random, Scheduler } from "@florenetes/simkit";
import type { ClientAddress } from "../../../src/transport/datagrams/datagram-network.ts";
import type { Listener } from "../../../src/transport/streams/local-network.ts";
import type { TransportDrivers } from "../../../src/transport/transport-options.ts";
import { MemoryNetwork, MemoryPorts } from "./memory-network.ts";
import type { MemorySocket } from "./memory-socket.ts";
import { MemoryDatagrams, MemoryUdpPorts } from "./memory-datagrams.ts";
import { Leftovers, type TransportWorld, waitMsMax, type WorkloadUdp } from "./world.ts";

const stepsMax = 20_000_000;

/**
 * Virtual time over the simulated engine, with workloads in memory. Time passes only while a test waits for something, however busy the
 * machine is.
 */
export class VirtualWorld implements TransportWorld {
  readonly engine: QuicEngine;
  readonly #scheduler = new Scheduler({ start: 1_000, stepsMax });
  readonly #life = new Life(this.#scheduler);
  readonly #random: Random;
  readonly #ports = new MemoryPorts((action) => this.#life.soon(action));
  readonly #udpPorts = new MemoryUdpPorts((action) => this.#life.soon(action));
  readonly #leftovers = new Leftovers();
  readonly #startedAt = Date.now();
  #step: Promise<void> | undefined;
  /** Time does not pass beyond this moment before all waiting tests have had a look. */
  #stepUntil = Infinity;

  constructor(seed = 1) {
    this.#random = new Random(seed);
    const verifyChain = chainVerifier(() => this.wallClock().getTime());
    this.engine = simulatedEngine({ random: () => this.#random.next(), verifyChain });
  }

  get now(): number {
    return this.#scheduler.now;
  }

  wallClock(): Date {
    return new Date(this.#startedAt + this.now);
  }

  drivers(): TransportDrivers {
    return {
      local: new MemoryNetwork(this.#ports),
      datagrams: new MemoryDatagrams(this.#udpPorts),
      wakeUps: {
        soon: (call) => void this.#life.soon(call),
        timer: (call) => this.#life.timer(call),
      },
      now: () => this.now,
      wallClock: () => this.wallClock(),
      randomBytes: (length) => this.#random.bytes(length),
    };
  }

  connect(port: number): MemorySocket {
    return this.#ports.connect(port);
  }

  listen(port: number, onConnection: (socket: MemorySocket) => void): Promise<Listener> {
    const accept = (socket: MemorySocket): void => {
      onConnection(socket);
      socket.read(0);
    };
    return Promise.resolve(this.#ports.listen(port, accept));
  }

  /** @param address The address of the machine that the socket seems to have. */
  datagramSocket(
    onDatagram: (bytes: Uint8Array, from: ClientAddress) => void,
    port = 0,
    address?: string,
  ): Promise<WorkloadUdp> {
    return Promise.resolve(this.add(this.#udpPorts.bind(port, onDatagram, address)));
  }

  after(ms: number, action: () => void): () => void {
    return this.#life.at(this.now + ms, action);
  }

  async until(condition: () => boolean, ms: number = waitMsMax): Promise<void> {
    const limit = this.now + ms;
    while (!condition()) {
      if (this.now >= limit) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
      await this.#passUntil(limit);
    }
  }

  async sleep(ms: number): Promise<void> {
    const limit = this.now + ms;
    while (this.now < limit) await this.#passUntil(limit);
  }

  add<Thing extends { close(): unknown } | { stop(): unknown }>(thing: Thing): Thing {
    return this.#leftovers.add(thing);
  }

  close(): Promise<void> {
    return this.#leftovers.close();
  }

  /** Does the actions that are due next, once for all that wait, and then all that follows from them in streams and promises. */
  #passUntil(limit: number): Promise<void> {
    this.#stepUntil = Math.min(this.#stepUntil, limit);
    this.#step ??= new Promise((done, failed) => {
      setImmediate(() => {
        const until = Math.min(this.#stepUntil, this.#scheduler.nextTime);
        this.#step = undefined;
        this.#stepUntil = Infinity;
        try {
          this.#scheduler.runUntil(Math.max(until, this.now));
          done();
        } catch (error) {
          failed(error);
        }
      });
    });
    return this.#step;
  }
}
