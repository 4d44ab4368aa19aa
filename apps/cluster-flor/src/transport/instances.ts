import type { Instance } from "./messages.ts";

interface Life<Connection> {
  readonly instance: Instance;
  readonly connections: Set<Connection>;
}

/**
 * Which life of each originator is the present one: an originator that was restarted ends what its former life left open.
 * Two vertices may use one principal and do not end each other, so that the key is both.
 */
export class Instances<Connection> {
  readonly #lives = new Map<string, Life<Connection>>();

  /**
   * A connection says hello. Returns the connections that it ends (those of an earlier life), or undefined when a later
   * life is known already, so that it is the one to be ended.
   */
  admit(principal: string, instance: Instance, connection: Connection): readonly Connection[] | undefined {
    const key = keyOf(principal, instance.vertex);
    const life = this.#lives.get(key);
    if (life === undefined || isLater(instance, life.instance)) {
      this.#lives.set(key, { instance, connections: new Set([connection]) });
      return life === undefined ? [] : [...life.connections];
    }
    if (isLater(life.instance, instance)) return undefined;
    life.connections.add(connection);
    return [];
  }

  /** Forgets a connection that has ended. */
  remove(principal: string, instance: Instance, connection: Connection): void {
    const key = keyOf(principal, instance.vertex);
    const life = this.#lives.get(key);
    if (life === undefined || !life.connections.delete(connection)) return;
    if (life.connections.size === 0) this.#lives.delete(key);
  }
}

function keyOf(principal: string, vertex: string): string {
  return `${principal} ${vertex}`;
}

/** Whether a vertex of the same name has been started since: nobody is behind the earlier life any more. */
export function isRestart(of: Instance, now: Instance): boolean {
  return of.vertex === now.vertex && isLater(now, of);
}

/** By start time; two lives that started in the same millisecond are told apart by id, in any but a constant order. */
function isLater(a: Instance, b: Instance): boolean {
  return a.startedAt === b.startedAt ? a.id > b.id : a.startedAt > b.startedAt;
}
