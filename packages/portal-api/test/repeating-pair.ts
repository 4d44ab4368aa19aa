import { decodeMessage, type PortalMessage } from "../src/messages.ts";
import { PortalClient } from "../src/portal-client.ts";
import { PortalServer } from "../src/portal-server.ts";
import type { PacedHeartbeat } from "../src/repeated-heartbeat.ts";
import { C1, drain, S1, TO_B, UP } from "./portal-pair.ts";

/** The port of a side, which repeats that side's heartbeat, and does not pass on a known heartbeat of the partner. */
class RepeatingPort<Side extends PortalClient | PortalServer> {
  readonly side: Side;
  /** The number of messages that the side was told of, and of times that its timer was due. */
  told = 0;
  wakes = 0;
  readonly heartbeats: PortalMessage[] = [];
  #repeated: PacedHeartbeat | undefined;
  #at = Infinity;
  #heardAt = -Infinity;

  constructor(side: Side) {
    this.side = side;
  }

  get nextTimeout(): number {
    return Math.min(this.side.nextTimeout(), this.#at);
  }

  /** All messages that the side sends now. */
  *send(now: number): Generator<Uint8Array> {
    yield* drain(() => this.side.pollTransmit());
    const heartbeat = this.side.pollHeartbeat();
    if (heartbeat !== undefined) {
      this.#repeated = heartbeat;
      this.#at = now;
    }
    if (this.#at > now) return;
    const { message, intervalMs } = this.#repeated!;
    this.#at = now + intervalMs;
    this.heartbeats.push(decodeMessage(message)!);
    yield message;
  }

  handle(message: Uint8Array, now: number): void {
    if (this.side.knownMessage !== undefined && Buffer.compare(message, this.side.knownMessage) === 0) {
      this.#heardAt = now;
      return;
    }
    this.told++;
    this.side.handleMessage(message, now);
  }

  handleTimeout(now: number): void {
    if (this.side.nextTimeout() > now) return;
    this.wakes++;
    this.side.handleHeard(this.#heardAt);
    this.side.handleTimeout(now);
  }
}

/** A client and a server whose ports repeat their heartbeats. Time moves when a test says so. */
export class RepeatingPair {
  now = 0;
  readonly client = new PortalClient({ cluster: "demo", vertex: "a", instance: C1, isPortRepeating: true });
  readonly server = new PortalServer({
    cluster: "demo",
    principal: "a",
    instance: S1,
    linkMtuMax: 1_420,
    isPortRepeating: true,
  });
  readonly clientPort = new RepeatingPort(this.client);
  readonly serverPort = new RepeatingPort(this.server);
  isCut = false;

  constructor() {
    this.client.handleConnected(0);
    this.client.openLink(TO_B, 0);
    this.server.handleConnected(0);
    this.exchange();
    this.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    this.exchange();
  }

  exchange(): void {
    for (let round = 0; round < 10; round++) {
      for (const message of this.serverPort.send(this.now)) if (!this.isCut) this.clientPort.handle(message, this.now);
      for (const message of this.clientPort.send(this.now)) if (!this.isCut) this.serverPort.handle(message, this.now);
    }
  }

  runUntil(end: number): void {
    for (;;) {
      const next = Math.min(this.clientPort.nextTimeout, this.serverPort.nextTimeout);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.clientPort.handleTimeout(this.now);
      this.serverPort.handleTimeout(this.now);
      this.exchange();
    }
    this.now = end;
  }
}
