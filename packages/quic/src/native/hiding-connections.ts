/** A connection whose driver can be told that there is something to do. */
interface Waking {
  onDue: (() => void) | undefined;
}

/**
 * The native connections of this thread that may hide something, by their keys in the add-on's ledger. A connection hides nothing before it
 * is established.
 */
export class HidingConnections {
  readonly #takeTold: () => number[];
  readonly #byKey = new Map<number, Waking>();

  /** @param takeTold tells which connections are to be closed; each closes when it is asked for events. */
  constructor(takeTold: () => number[]) {
    this.#takeTold = takeTold;
  }

  handleEstablished(key: number, connection: Waking): void {
    this.#byKey.set(key, connection);
  }

  /** The connection is closed, or belongs to another thread now. */
  handleGone(key: number | undefined): void {
    if (key !== undefined) this.#byKey.delete(key);
  }

  /** All connections together hide too much. */
  handleTooMany(): void {
    for (const key of this.#takeTold()) this.#byKey.get(key)?.onDue?.();
  }
}
