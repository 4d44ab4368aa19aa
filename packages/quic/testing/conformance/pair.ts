import assert from "node:assert";
import type { ConformanceContext } from "./context.ts";
import type { QuicConfig, QuicConnection, QuicCredentials, QuicEvent } from "../../src/engine.ts";
import { CONNECTION_ID_MAX } from "../../src/limits.ts";

export type Direction = "to-server" | "to-client";

export interface PairOptions {
  readonly clientCredentials?: QuicCredentials;
  readonly serverCredentials?: QuicCredentials;
  readonly client?: Partial<QuicConfig>;
  readonly server?: Partial<QuicConfig>;
  /** Length of both ends' connection IDs. */
  readonly idLength?: number;
  /** Whether the server asks for a Retry first. */
  readonly isRetrying?: boolean;
  /** Largest UDP payload that an end writes. */
  readonly payloadMax?: number;
}

/** More rounds than any exchange here needs: what is not quiet by then is a live-lock. */
const ROUNDS_MAX = 100_000;
const PACKETS_PER_TURN_MAX = 10_000;
/** No acknowledgement waits longer: RFC 9000, 18.2, the default of max_ack_delay. */
const ACK_DELAY_MAX = 25;

export const defaultConfig: Omit<QuicConfig, "credentials"> = {
  applicationProtocol: "conformance",
  idleTimeoutMs: 5000,
  receivePayloadMax: 1452,
  sendPayloadMax: 1452,
  datagrams: { receiveQueueMax: 100, sendQueueMax: 100 },
  streams: { connectionWindow: 2 ** 40, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax: 100 },
  congestionControl: "cubic",
};

/** Two ends and a network of two queues between them. */
export class Pair {
  readonly client: QuicConnection;
  readonly clientEvents: QuicEvent[] = [];
  readonly serverEvents: QuicEvent[] = [];
  readonly serverConfig: QuicConfig;
  /** Says whether a packet gets through. It may look at it and change it. */
  filter: (direction: Direction, packet: Uint8Array) => boolean = () => true;

  readonly #context: ConformanceContext;
  readonly #options: PairOptions;
  readonly #buffer: Uint8Array;
  readonly #toServer: Uint8Array[] = [];
  readonly #toClient: Uint8Array[] = [];
  #server: QuicConnection | undefined;
  /** How far the clock that the ends are told runs ahead. */
  #ahead = 0;

  constructor(context: ConformanceContext, options: PairOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.#buffer = new Uint8Array(options.payloadMax ?? 1452);
    const { credentials } = context;
    this.serverConfig = {
      ...defaultConfig,
      credentials: options.serverCredentials ?? credentials.server,
      ...options.server,
    };
    const clientConfig = {
      ...defaultConfig,
      credentials: options.clientCredentials ?? credentials.client,
      ...options.client,
    };
    const clientId = new Uint8Array(options.idLength ?? 8).fill(0xc1);
    this.client = context.engine.connect(clientConfig, clientId, context.now());
  }

  get server(): QuicConnection {
    assert(this.#server !== undefined, "nothing has reached the server yet");
    return this.#server;
  }

  get hasServer(): boolean {
    return this.#server !== undefined;
  }

  /** Makes the server forget all, as its restart would. */
  forgetServer(): void {
    this.#server = undefined;
  }

  /** Lets packets pass until both ends are quiet, acknowledgements that wait for company included. Returns whether there
   *  were any. */
  settle(): boolean {
    let hasMoved = false;
    let isLate = false;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.#transmit(this.client, "to-server");
      if (this.#server !== undefined) this.#transmit(this.#server, "to-client");
      const isQuiet = this.#toServer.length === 0 && this.#toClient.length === 0;
      if (isQuiet && isLate) return hasMoved;
      isLate = isQuiet;
      if (isQuiet) this.#ahead += ACK_DELAY_MAX;
      else hasMoved = true;
      this.#deliver();
    }
    throw new assert.AssertionError({ message: "the two ends do not come to rest" });
  }

  /** Lets time pass, with all packets and timers in it, until `condition` holds. */
  async until(condition: () => boolean, what: string, limitMs = 5000): Promise<void> {
    const end = this.#context.now() + limitMs;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.settle();
      if (condition()) return;
      // The condition may itself have sent something.
      if (this.settle()) continue;
      assert(this.#context.now() < end, `not within ${limitMs} ms: ${what}`);
      await this.#sleepUntil(end);
    }
    assert.fail(`too many rounds: ${what}`);
  }

  /** Lets time pass. */
  async elapse(milliseconds: number): Promise<void> {
    const end = this.#context.now() + milliseconds;
    for (let round = 0; round < ROUNDS_MAX && this.#context.now() < end; round++) {
      this.settle();
      await this.#sleepUntil(end);
    }
    this.settle();
  }

  /** A round trip that takes so long. Timers of both ends are long afterwards: longer than a busy machine keeps them from their turn. */
  async slowRoundTrip(milliseconds: number): Promise<void> {
    this.client.ping();
    this.server.ping();
    this.#transmit(this.client, "to-server");
    this.#transmit(this.server, "to-client");
    await this.#context.sleep(milliseconds);
    this.settle();
  }

  /** Brings one end what the other has to say; it answers nothing yet. */
  bring(direction: Direction): void {
    this.#transmit(direction === "to-server" ? this.client : this.server, direction);
    this.#deliver();
  }

  /** Lets time pass while nobody takes packets from the ends. Returns how often they had themselves woken. */
  async holdBack(milliseconds: number): Promise<number> {
    const end = this.#context.now() + milliseconds;
    let wakes = 0;
    for (; wakes < ROUNDS_MAX && this.#context.now() < end; wakes++) await this.#sleepUntil(end);
    return wakes;
  }

  async establish(): Promise<void> {
    await this.until(
      () => this.client.isEstablished && this.hasServer && this.server.isEstablished,
      "both ends are established",
    );
  }

  /** Bytes from nowhere, for one end. */
  inject(direction: Direction, packet: Uint8Array): void {
    (direction === "to-server" ? this.#toServer : this.#toClient).push(Uint8Array.from(packet));
  }

  /** The time that the ends are told. */
  #now(): number {
    return this.#context.now() + this.#ahead;
  }

  #transmit(from: QuicConnection, direction: Direction): void {
    const queue = direction === "to-server" ? this.#toServer : this.#toClient;
    for (let i = 0; i < PACKETS_PER_TURN_MAX; i++) {
      const length = from.pollTransmit(this.#buffer, this.#now());
      if (length === 0) break;
      assert(length <= this.#buffer.length);
      const packet = this.#buffer.slice(0, length);
      // Sockets deliver packets in a Buffer, whose `slice` copies nothing.
      if (this.filter(direction, packet)) queue.push(Buffer.from(packet));
    }
    const events = direction === "to-server" ? this.clientEvents : this.serverEvents;
    for (let event = from.pollEvent(); event !== undefined; event = from.pollEvent()) events.push(event);
  }

  #deliver(): void {
    const now = this.#now();
    for (const packet of this.#toServer.splice(0)) {
      if (this.#server === undefined) this.#handleStray(packet);
      else this.#server.handleDatagram(packet, now);
    }
    for (const packet of this.#toClient.splice(0)) {
      this.client.handleDatagram(packet, now);
    }
  }

  /** Answers a packet that belongs to no connection, as an endpoint does. */
  #handleStray(packet: Uint8Array): void {
    const { engine } = this.#context;
    const idLength = this.#options.idLength ?? 8;
    const header = engine.parseHeader(packet, idLength);
    const out = new Uint8Array(1452);
    if (header?.type === "short") {
      const token = this.serverConfig.statelessResetToken;
      const length = token === undefined ? 0 : engine.writeStatelessReset(token, packet.length, out);
      if (length > 0) this.#toClient.push(out.slice(0, length));
      return;
    }
    if (header?.type !== "initial") return;
    if (!engine.isVersionSupported(header.version)) {
      this.#toClient.push(out.slice(0, engine.writeVersionNegotiation(header, out)));
      return;
    }
    let sourceId: Uint8Array = new Uint8Array(idLength).fill(0x5e);
    let originalId: Uint8Array | undefined;
    if (this.#options.isRetrying === true) {
      if (header.token.length === 0) {
        // The token of this suite is the plain ID: what tokens have to prove is not the engine's concern.
        this.#toClient.push(out.slice(0, engine.writeRetry(header, sourceId, header.destinationId, out)));
        return;
      }
      // A bit of the token's length may have been changed under way: such a token is none that we gave.
      if (header.token.length > CONNECTION_ID_MAX) return;
      originalId = header.token.slice();
      sourceId = header.destinationId.slice();
    }
    const now = this.#now();
    this.#server = engine.accept(this.serverConfig, sourceId, originalId, packet, now);
  }

  /** Sleeps until the next timer of an end, or `end` when that is earlier. */
  async #sleepUntil(end: number): Promise<void> {
    const now = this.#now();
    const wait = Math.min(this.#nextTimeout(now) - now, end - this.#context.now());
    await this.#context.sleep(Math.max(0, wait));
    this.#handleTimeouts();
  }

  #nextTimeout(now: number): number {
    return Math.min(this.client.nextTimeout(now), this.#server?.nextTimeout(now) ?? Infinity);
  }

  #handleTimeouts(): void {
    const now = this.#now();
    this.client.handleTimeout(now);
    this.#server?.handleTimeout(now);
  }
}

export type ClosedEvent = Extract<QuicEvent, { kind: "closed" }>;

/** The one `closed` event among `events`. */
export function closedEvent(events: readonly QuicEvent[]): ClosedEvent {
  const found = events.filter((event) => event.kind === "closed");
  assert.strictEqual(found.length, 1, `${found.length} closed events`);
  return found[0]!;
}

/** Bytes that tell when one is missing or out of place. */
export function pattern(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A reproducible source of numbers in [0, 1). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
