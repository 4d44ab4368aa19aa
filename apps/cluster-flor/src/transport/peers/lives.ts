import { isLater } from "@florenetes/wire-values";
import type { Hello } from "../messages.ts";

interface Life<Connection> {
  readonly hello: Hello;
  readonly connections: Set<Connection>;
}

/**
 * Knows the present life of each originator: an originator that was restarted ends the connections of its former life.
 * Two vertices with one principal cannot end each other's connections: a life belongs to the vertex whose token it came
 * with, whatever its name and its start time are.
 */
export class Lives<Connection> {
  readonly #lives = new Map<string, Life<Connection>>();

  /**
   * Takes the hello of a connection. Returns the connections of an earlier life, which have to end; undefined when a
   * later life is known already, so that this connection has to end.
   */
  admit(principal: string, hello: Hello, connection: Connection): readonly Connection[] | undefined {
    const key = keyOf(principal, hello);
    const life = this.#lives.get(key);
    if (life === undefined || isLater(hello, life.hello)) {
      this.#lives.set(key, { hello, connections: new Set([connection]) });
      return life === undefined ? [] : [...life.connections];
    }
    if (isLater(life.hello, hello)) return undefined;
    life.connections.add(connection);
    return [];
  }

  /** Replaces the object of a connection, if it is another one now. */
  replace(principal: string, hello: Hello, from: Connection, to: Connection): void {
    const life = this.#lives.get(keyOf(principal, hello));
    if (life?.connections.delete(from)) life.connections.add(to);
  }

  /** Forgets a connection that has ended. */
  remove(principal: string, hello: Hello, connection: Connection): void {
    const key = keyOf(principal, hello);
    const life = this.#lives.get(key);
    if (life === undefined || !life.connections.delete(connection)) return;
    if (life.connections.size === 0) this.#lives.delete(key);
  }
}

function keyOf(principal: string, { token }: Hello): string {
  return `${principal} ${token}`;
}

/** The part of a connection that its peer has said of its life. */
interface Greeted {
  readonly peerHello: Hello | undefined;
}

/** Whether the far end of a connection was restarted since that of another one was made. */
export function isOfLaterLife({ peerHello: later }: Greeted, { peerHello: earlier }: Greeted): boolean {
  return earlier !== undefined && later !== undefined && isRestart(earlier, later);
}

/** Whether the same vertex has been started since, so that its earlier life is over. */
export function isRestart(of: Hello, now: Hello): boolean {
  return of.token === now.token && isLater(now, of);
}
