import type { ThreadPort, ThreadPortEvent } from "@florenetes/florio";

type Port = Pick<ThreadPort, "handleEvent">;

/** An event of the port with that number. */
export type LanePortEvent = { readonly port: number } & ThreadPortEvent;

/** An open port, and its events until the owner has the port. */
interface Joined {
  readonly port: Port;
  /** Undefined once the owner has the port. */
  early: LanePortEvent[] | undefined;
}

/** The ports of the data thread that are open. */
export class LanePorts {
  readonly #soon: (call: () => void) => void;
  readonly #ports = new Map<number, Joined>();

  /** @param soon Calls once, after the caller's turn. */
  constructor(soon: (call: () => void) => void) {
    this.#soon = soon;
  }

  /** Passes events to the port from now on. Events that come before the owner has got the port wait until then. */
  join(number: number, port: Port): void {
    const joined: Joined = { port, early: [] };
    this.#ports.set(number, joined);
    this.#soon(() => {
      const early = joined.early ?? [];
      joined.early = undefined;
      for (const event of early) if (this.#ports.get(number) === joined) port.handleEvent(event);
    });
  }

  /** The port is closed: its events are late from now on. */
  leave(number: number): void {
    this.#ports.delete(number);
  }

  handleEvent(event: LanePortEvent): void {
    const joined = this.#ports.get(event.port);
    if (joined?.early !== undefined) joined.early.push(event);
    else joined?.port.handleEvent(event);
  }
}
