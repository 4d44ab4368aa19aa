import { HIDDEN_OF_PROCESS_MAX } from "../limits.ts";

/** A connection that hides bytes, and can be told to stop. */
export interface HidingConnection {
  readonly hidden: number;
  /** The principal that is answerable for the connection; undefined until it is known. */
  readonly owner: string | undefined;
  /** The process has too many hidden bytes, and this connection is to be closed. Its bytes stay hidden until then. */
  handleTooMany(): void;
}

/**
 * Bounds the bytes that all connections of a process hide together. When there are too many, the owner that hides most
 * loses the connection that hides most of its bytes: an owner that hides less than an equal share of the bound loses
 * none, whatever others do, and on however many connections. Pure.
 */
export class ProcessLedger {
  readonly #max: number;
  readonly #connections = new Set<HidingConnection>();
  /** Connections that were told to close, and are not closed yet. */
  readonly #leaving = new Set<HidingConnection>();
  #hidden = 0;
  #hiddenByLeaving = 0;

  constructor(max: number = HIDDEN_OF_PROCESS_MAX) {
    this.#max = max;
  }

  get hidden(): number {
    return this.#hidden;
  }

  /** The connection hides so many bytes more, or fewer. */
  handleChange(connection: HidingConnection, difference: number): void {
    this.#hidden += difference;
    if (this.#leaving.has(connection)) this.#hiddenByLeaving += difference;
    if (connection.hidden === 0) {
      this.#connections.delete(connection);
      this.#leaving.delete(connection);
    } else {
      this.#connections.add(connection);
    }
    if (difference > 0) this.#bound();
  }

  /** A connection that was told to close counts as gone here: it hides nothing more, and is closed within the turn. */
  #bound(): void {
    while (this.#hidden - this.#hiddenByLeaving > this.#max) {
      const worst = this.#worst();
      this.#leaving.add(worst);
      this.#hiddenByLeaving += worst.hidden;
      worst.handleTooMany();
    }
  }

  /** Finds the connection that has to close. Looks at all connections, which costs an attacker a connection each time. */
  #worst(): HidingConnection {
    const staying = [...this.#connections].filter((one) => !this.#leaving.has(one));
    const sums = new Map<string | undefined, number>();
    for (const { owner, hidden } of staying) sums.set(owner, (sums.get(owner) ?? 0) + hidden);
    let most = 0;
    for (const sum of sums.values()) most = Math.max(most, sum);
    const ofWorstOwner = staying.filter(({ owner }) => sums.get(owner) === most);
    return ofWorstOwner.reduce((worst, one) => (one.hidden > worst.hidden ? one : worst));
  }
}
