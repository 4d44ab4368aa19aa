import type { QuicConnection } from "@florenetes/quic";
import { Liveness } from "./liveness.ts";

/** Age at which a connection that works is replaced by a fresh one, with fresh keys. */
export interface Renewal {
  readonly afterMs: number;
  /** QUIC packets in one direction. */
  readonly afterPackets: number;
}

/** Asking whether packets were authenticated costs as much as a packet, so it is not asked more often. */
const heardResolutionMs = 20;

/** The signs of life of one connection, and its age. */
export class SessionLife {
  readonly #connection: QuicConnection;
  readonly #renewal: Renewal;
  #authenticated = 0;
  #lastHeard = -Infinity;
  #upSince = Infinity;
  #liveness: Liveness | undefined;

  constructor(connection: QuicConnection, renewal: Renewal) {
    this.#connection = connection;
    this.#renewal = renewal;
  }

  /** -Infinity: never. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  get isDead(): boolean {
    return this.#liveness?.isDead === true;
  }

  /** From now on silence counts. */
  handleUp(deadAfterMs: number, now: number): void {
    this.#upSince = now;
    this.#liveness = new Liveness(deadAfterMs, now);
  }

  /** The connection was given datagrams. */
  handleFed(now: number): void {
    if (now - this.#lastHeard < heardResolutionMs) return;
    const authenticated = this.#connection.authenticatedPackets();
    if (authenticated === this.#authenticated) return;
    this.#authenticated = authenticated;
    this.#lastHeard = now;
    this.#liveness?.handleHeard(now);
  }

  /** Pings into the silence. Returns whether it was time to look. */
  handleTimeout(now: number): boolean {
    if (now < this.nextTimeout()) return false;
    this.#liveness?.handleTimeout(now);
    if (this.#liveness?.pollPing() === true && !this.isDead) this.#connection.ping();
    return true;
  }

  /** Whether a fresh connection should take over. */
  isOld(now: number): boolean {
    const { packetsSent, packetsReceived } = this.#connection.stats();
    const { afterMs, afterPackets } = this.#renewal;
    return now - this.#upSince >= afterMs || Math.max(packetsSent, packetsReceived) >= afterPackets;
  }

  nextTimeout(): number {
    return this.#liveness?.nextTimeout() ?? Infinity;
  }
}
