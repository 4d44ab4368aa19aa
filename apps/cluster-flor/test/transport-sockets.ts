/** Workloads and targets of the transport tests: real sockets on loopback. */
import { createHash } from "node:crypto";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/** A TCP server on loopback. */
export class Target {
  readonly sockets = new Set<Socket>();
  readonly #server: Server;
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(onConnection: (socket: Socket) => void, port = 0): Promise<Target> {
    const server = createServer({ allowHalfOpen: true });
    const target = new Target(server);
    server.on("connection", (socket) => {
      target.connections++;
      target.sockets.add(socket);
      socket.on("close", () => target.sockets.delete(socket));
      socket.on("error", () => {});
      onConnection(socket);
    });
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
    return target;
  }

  get address(): { kind: "tcp"; host: string; port: number } {
    return { kind: "tcp", host: "127.0.0.1", port: (this.#server.address() as AddressInfo).port };
  }

  /** Connections that are there stay. */
  refuseNew(): void {
    this.#server.close();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

/** Sends back what it gets, and ends when its peer does. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

export type Outcome = "end" | "ECONNRESET" | "open";

/** A workload that connects to a tunnel. */
export class Client {
  readonly socket: Socket;
  received = 0;
  outcome: Outcome = "open";
  connectedAt = 0;
  closedAt = 0;
  readonly hash = createHash("sha256");
  readonly #closed: Promise<Outcome>;
  readonly #waiters: { length: number; done: () => void }[] = [];

  constructor(port: number, options: { readonly isReading?: boolean } = {}) {
    this.socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.socket.on("connect", () => (this.connectedAt = performance.now()));
    if (options.isReading !== false) this.read();
    this.#closed = new Promise((done) => {
      this.socket.on("end", () => {
        this.outcome = "end";
        done("end");
      });
      this.socket.on("error", (error: NodeJS.ErrnoException) => {
        this.outcome = error.code as Outcome;
      });
      this.socket.on("close", () => {
        this.closedAt = performance.now();
        done(this.outcome);
        for (const waiter of this.#waiters.splice(0)) waiter.done();
      });
    });
  }

  read(): void {
    this.socket.on("data", (bytes) => {
      this.received += bytes.length;
      this.hash.update(bytes);
      const ready = this.#waiters.filter(({ length }) => length <= this.received);
      for (const waiter of ready) {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.done();
      }
    });
  }

  /** How it ended: cleanly, or with a reset. */
  ended(): Promise<Outcome> {
    return this.#closed;
  }

  /** Resolves when so many bytes have come, or the connection is closed. */
  until(length: number): Promise<void> {
    if (this.received >= length || this.socket.closed) return Promise.resolve();
    return new Promise((done) => this.#waiters.push({ length, done }));
  }

  /** Sends and waits for an equal amount back; returns the milliseconds. */
  async pingPong(size = 64): Promise<number> {
    const start = performance.now();
    const before = this.received;
    this.socket.write(Buffer.alloc(size, 0x5a));
    await this.until(before + size);
    return performance.now() - start;
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
