import { hiddenOfProcessMax } from "../limits.ts";

/** Who hides bytes, and can be told to stop. */
export interface HidingConnection {
  readonly hidden: number;
  /** The process has too many hidden bytes, and this connection has the most of them. */
  handleTooMany(): void;
}

/** What all connections of a process hide together. Pure. */
export class ProcessLedger {
  readonly #max: number;
  readonly #connections = new Set<HidingConnection>();
  #hidden = 0;

  constructor(max: number = hiddenOfProcessMax) {
    this.#max = max;
  }

  get hidden(): number {
    return this.#hidden;
  }

  /** A connection hides so many bytes more, or fewer. */
  handleChange(connection: HidingConnection, difference: number): void {
    this.#hidden += difference;
    if (connection.hidden === 0) this.#connections.delete(connection);
    else this.#connections.add(connection);
    if (this.#hidden > this.#max && difference > 0) this.#worst()?.handleTooMany();
  }

  #worst(): HidingConnection | undefined {
    let worst: HidingConnection | undefined;
    for (const one of this.#connections) if (worst === undefined || one.hidden > worst.hidden) worst = one;
    return worst;
  }
}
