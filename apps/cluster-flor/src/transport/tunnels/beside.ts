import type { EndConnection } from "../connections/end-connection.ts";
import { BESIDE_IDLE_MS, BESIDE_PAUSE_MS, BESIDE_PAUSE_MS_MAX, TRUNK_CONNECTIONS_MAX } from "../limits.ts";
import { IdleWatch } from "./idle-watch.ts";

/**
 * The connections beside the current one of a trunk, the oldest first. A stream is opened on the first connection that has room for it, so the
 * last one is the first that has no streams any more.
 */
export class Beside {
  #connections: readonly EndConnection[] = [];
  readonly #idle = new IdleWatch();
  #notBefore = Number.NEGATIVE_INFINITY;
  /** The pause after the next failure. */
  #pauseMs = BESIDE_PAUSE_MS;

  constructor() {
    this.#idle.keepFor(BESIDE_IDLE_MS);
  }

  get all(): readonly EndConnection[] {
    return this.#connections;
  }

  get hasStreams(): boolean {
    return this.#connections.some((connection) => connection.hasStreams);
  }

  /** Whether the trunk has as many connections as it may, the current one among them. */
  get isFull(): boolean {
    return this.#connections.length + 1 >= TRUNK_CONNECTIONS_MAX;
  }

  add(connection: EndConnection, now: number): void {
    this.#connections = [...this.#connections, connection];
    this.#idle.start(now);
  }

  /** False: `from` is none of these connections. */
  replace(from: EndConnection, to: EndConnection): boolean {
    if (!this.#connections.includes(from)) return false;
    this.#connections = this.#connections.map((connection) => (connection === from ? to : connection));
    return true;
  }

  /** False: it is none of these connections. */
  remove(connection: EndConnection): boolean {
    if (!this.#connections.includes(connection)) return false;
    this.#connections = this.#connections.filter((other) => other !== connection);
    return true;
  }

  /** Takes the connections for which `isMeant` is true. */
  takeThose(isMeant: (connection: EndConnection) => boolean): readonly EndConnection[] {
    const taken = this.#connections.filter(isMeant);
    if (taken.length > 0) this.#connections = this.#connections.filter((connection) => !isMeant(connection));
    return taken;
  }

  /** When one more connection may be made at the earliest. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** An attempt at one more connection has failed. Failures of the same moment count once. */
  handleFailed(now: number): void {
    if (now < this.#notBefore) return;
    this.#notBefore = now + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, BESIDE_PAUSE_MS_MAX);
  }

  /** A connection beside the current one has ended. One that has not lasted is as good as none. */
  handleEnded({ startedAt }: Pick<EndConnection, "startedAt">, now: number): void {
    if (now - startedAt < BESIDE_IDLE_MS) this.handleFailed(now);
    else this.#pauseMs = BESIDE_PAUSE_MS;
  }

  takeFirst(): EndConnection | undefined {
    const [first, ...others] = this.#connections;
    this.#connections = others;
    return first;
  }

  takeAll(): readonly EndConnection[] {
    const all = this.#connections;
    this.#connections = [];
    return all;
  }

  /** The streams of all connections are used up once more. */
  handleUse(now: number): void {
    this.#idle.handleUse(now);
  }

  /** When `takeIdle` is to be called. */
  get nextTimeout(): number {
    return this.#connections.length === 0 ? Number.POSITIVE_INFINITY : this.#idle.nextTimeout;
  }

  /** Takes the last connection, if it has had no streams for long enough. */
  takeIdle(now: number): EndConnection | undefined {
    const last = this.#connections.at(-1);
    if (last === undefined || now < this.#idle.nextTimeout || !this.#idle.isOver(last.hasStreams, now))
      return undefined;
    this.#connections = this.#connections.slice(0, -1);
    this.#idle.start(now);
    return last;
  }
}

/**
 * The ConnectionId of a connection beside another one. Links tell places in their queues by the last byte, so both wait in one place: more streams are
 * no reason for a larger share.
 *
 * @param random 64 random bits, of which the others are kept.
 */
export function idBeside<Id extends { readonly idLow: number }>(random: Id, { idLow }: { readonly idLow: number }): Id {
  return { ...random, idLow: ((random.idLow & ~0xff) | (idLow & 0xff)) >>> 0 };
}
