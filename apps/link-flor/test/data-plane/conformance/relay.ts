import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/**
 * A user-space NAT between an originator and an acceptor: it forwards datagrams, can lose those above a size, and can give
 * the originator a new address.
 */
export class Relay {
  /** The longest datagram that passes: longer ones are lost, as on a path with a small MTU that sends no errors. */
  payloadMax = Infinity;
  isCut = false;
  /** How long each datagram is under way. */
  delayMs = 0;
  /** Whether the next datagram gets lost. */
  lose: () => boolean = () => false;
  rebindings = 0;
  readonly #inside: Socket = createSocket("udp4");
  readonly #acceptorPort: number;
  #outside: Socket | undefined;
  #isClosed = false;
  #originator: { address: string; port: number } | undefined;

  private constructor(acceptorPort: number) {
    this.#acceptorPort = acceptorPort;
  }

  static async open(acceptorPort: number): Promise<Relay> {
    const relay = new Relay(acceptorPort);
    relay.#inside.on("message", (datagram, from) => {
      relay.#originator = from;
      if (relay.#passes(datagram)) relay.#carry(() => relay.#outside?.send(datagram, acceptorPort, "127.0.0.1"));
    });
    relay.#inside.bind(0, "127.0.0.1");
    await once(relay.#inside, "listening");
    await relay.rebind();
    relay.rebindings = 0;
    return relay;
  }

  get endpoint(): string {
    return `udp://127.0.0.1:${this.#inside.address().port}`;
  }

  /** Gives the originator another port, as the acceptor sees it, from now on. Datagrams for the old port are lost. */
  async rebind(): Promise<void> {
    const outside = createSocket("udp4");
    outside.on("message", (datagram, from) => {
      if (from.port !== this.#acceptorPort || this.#originator === undefined || !this.#passes(datagram)) return;
      const { address, port } = this.#originator;
      this.#carry(() => this.#inside.send(datagram, port, address));
    });
    outside.bind(0, "127.0.0.1");
    await once(outside, "listening");
    this.#outside?.close();
    this.#outside = outside;
    this.rebindings++;
  }

  close(): void {
    this.#isClosed = true;
    this.#inside.close();
    this.#outside?.close();
  }

  #carry(send: () => void): void {
    if (this.delayMs === 0) send();
    else setTimeout(() => this.#isClosed || send(), this.delayMs);
  }

  #passes(datagram: Buffer): boolean {
    return !this.isCut && datagram.length <= this.payloadMax && !this.lose();
  }
}
