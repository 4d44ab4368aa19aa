import type { QuicConnection, QuicStats } from "@florenetes/quic";
import { CONFIRM_INTERVAL_MS } from "../limits.ts";
import { Liveness, type Quiet } from "./liveness.ts";

/** Age at which a connection that works is replaced by a fresh one, with fresh keys. */
export interface Renewal {
  readonly afterMs: number;
  /** QUIC packets in one direction. */
  readonly afterPackets: number;
}

/** Shortest time between two looks whether packets were authenticated: a look costs as much as a packet. */
const HEARD_RESOLUTION_MS = 20;

/** The signs of life of one connection, and its age. */
export class SessionLife {
  readonly #connection: QuicConnection;
  readonly #renewal: Renewal;
  #authenticated = 0;
  #lastHeard = -Infinity;
  #upSince = Infinity;
  #liveness: Liveness | undefined;
  #isQuiet = false;
  /** The time at which an originator that has said READY, and has no UP yet, pings next. */
  #nextCall = Infinity;

  constructor(connection: QuicConnection, renewal: Renewal) {
    this.#connection = connection;
    this.#renewal = renewal;
  }

  /** The time at which the peer was heard last; -Infinity: never. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** An originator has said READY, and pings from now on. Its acceptor may be up already and send to a former address: pings show the new one. */
  handleReady(now: number): void {
    this.#nextCall = now + CONFIRM_INTERVAL_MS;
  }

  /** The session is up: from now on silence counts. */
  handleUp(deadAfterMs: number, quiet: Quiet, now: number): void {
    this.#nextCall = Infinity;
    this.#upSince = now;
    this.#isQuiet = quiet.ms > 0;
    this.#liveness = new Liveness(deadAfterMs, quiet, now);
  }

  /** The connection has nothing more to send for now. Without an idle timeout its timer runs only while something is unacknowledged. */
  handleDrained(now: number): void {
    if (this.#isQuiet) this.#liveness?.handleSent(this.#connection.nextTimeout(now) !== Infinity, now);
  }

  /** The connection was given datagrams. Returns whether its peer is heard for the first time. */
  handleFed(now: number): boolean {
    if (now - this.#lastHeard < HEARD_RESOLUTION_MS) return false;
    const authenticated = this.#connection.authenticatedPackets();
    if (authenticated === this.#authenticated) return false;
    const isFirst = this.#lastHeard === -Infinity;
    this.#authenticated = authenticated;
    this.#lastHeard = now;
    this.#liveness?.handleHeard(now);
    return isFirst;
  }

  /** Pings into the silence. "dead": there is no peer any more; "old": a fresh connection should take over. */
  handleTimeout(now: number): "dead" | "old" | undefined {
    if (now >= this.#nextCall) {
      this.#nextCall = now + CONFIRM_INTERVAL_MS;
      this.#connection.ping();
    }
    if (this.#liveness === undefined || now < this.#liveness.nextTimeout()) return undefined;
    this.#liveness.handleTimeout(now);
    if (this.#liveness.isDead) return "dead";
    if (this.#liveness.pollPing()) this.#connection.ping();
    return this.#isOld(now) ? "old" : undefined;
  }

  nextTimeout(): number {
    return this.#liveness?.nextTimeout() ?? this.#nextCall;
  }

  #isOld(now: number): boolean {
    return isOld(this.#renewal, now - this.#upSince, this.#connection.stats());
  }
}

/** Whether a connection that is up for `ageMs` should be replaced. */
export function isOld(
  { afterMs, afterPackets }: Renewal,
  ageMs: number,
  { packetsSent, packetsReceived }: Pick<QuicStats, "packetsSent" | "packetsReceived">,
): boolean {
  return ageMs >= afterMs || Math.max(packetsSent, packetsReceived) >= afterPackets;
}
