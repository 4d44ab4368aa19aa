/** Workloads and targets of the transport tests. */
import { createHash } from "node:crypto";
import type { Listener } from "../../../src/transport/streams/local-network.ts";
import type { TransportWorld, WorkloadSocket } from "../worlds/world.ts";

/** How long a workload waits for bytes or for its end, in milliseconds of its world. */
const patienceMs = 60_000;

/** A server on loopback; it is closed with its world. */
export class Target {
  readonly sockets = new Set<WorkloadSocket>();
  connections = 0;
  #listener: Listener | undefined;

  static async listen(
    world: TransportWorld,
    onConnection: (socket: WorkloadSocket) => void,
    port = 0,
  ): Promise<Target> {
    const target = new Target();
    target.#listener = await world.listen(port, (socket) => {
      target.connections++;
      target.sockets.add(socket);
      socket.on("close", () => target.sockets.delete(socket));
      socket.on("error", () => {});
      onConnection(socket);
    });
    return world.add(target);
  }

  get address(): { kind: "tcp"; host: string; port: number } {
    return { kind: "tcp", host: "127.0.0.1", port: this.#listener!.port };
  }

  /** Refuses new connections; present connections stay. */
  refuseNew(): void {
    this.#listener!.close();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#listener!.close();
  }
}

/** Sends back what it gets, and ends when its peer does. */
export function echo(socket: WorkloadSocket): void {
  socket.pipe(socket);
}

export type Outcome = "end" | "ECONNRESET" | "open";

/** A workload that connects to a tunnel. */
export class Client {
  readonly socket: WorkloadSocket;
  received = 0;
  outcome: Outcome = "open";
  isClosed = false;
  connectedAt = 0;
  closedAt = 0;
  readonly hash = createHash("sha256");
  readonly #world: TransportWorld;

  constructor(world: TransportWorld, port: number, options: { readonly isReading?: boolean } = {}) {
    this.#world = world;
    this.socket = world.connect(port);
    this.socket.on("connect", () => (this.connectedAt = world.now));
    if (options.isReading !== false) this.read();
    this.socket.on("end", () => (this.outcome = "end"));
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.outcome = error.code as Outcome));
    this.socket.on("close", () => {
      this.isClosed = true;
      this.closedAt = world.now;
    });
  }

  read(): void {
    this.socket.on("data", (bytes: Uint8Array) => {
      this.received += bytes.length;
      this.hash.update(bytes);
    });
  }

  /** The way in which the connection ended: cleanly, or with a reset. */
  async ended(): Promise<Outcome> {
    await this.#world.until(() => this.outcome !== "open" || this.isClosed, patienceMs);
    return this.outcome;
  }

  /** Waits until this many bytes have come, or the connection is closed. */
  until(length: number): Promise<void> {
    return this.#world.until(() => this.received >= length || this.isClosed, patienceMs);
  }

  /** Sends this many bytes and waits for as many back; returns the milliseconds. */
  async pingPong(size = 64): Promise<number> {
    const start = this.#world.now;
    const before = this.received;
    this.socket.write(Buffer.alloc(size, 0x5a));
    await this.until(before + size);
    return this.#world.now - start;
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
