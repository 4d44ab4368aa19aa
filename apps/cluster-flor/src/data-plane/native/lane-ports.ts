import type { ThreadPort, ThreadPortEvent } from "@florenetes/florio";

type Port = Pick<ThreadPort, "handleEvent">;

/** News of the port with that number. */
export type LanePortEvent = { readonly port: number } & ThreadPortEvent;

/** A port that is open, and its news as long as its owner does not have it. */
interface Joined {
  readonly port: Port;
  /** Undefined: the owner has it. */
  early: LanePortEvent[] | undefined;
}

/** The ports of the data thread that are open. */
export class LanePorts {
  readonly #soon: (call: () => void) => void;
  readonly #ports = new Map<number, Joined>();

  /** @param soon Calls once, later than its caller's turn. */
  constructor(soon: (call: () => void) => void) {
    this.#soon = soon;
  }

  /** The port gets its news, but none before its owner has it: what comes until then waits. */
  join(number: number, port: Port): void {
    const joined: Joined = { port, early: [] };
    this.#ports.set(number, joined);
    this.#soon(() => {
      const early = joined.early ?? [];
      joined.early = undefined;
      for (const event of early) if (this.#ports.get(number) === joined) port.handleEvent(event);
    });
  }

  /** The port is closed: news of it are late. */
  leave(number: number): void {
    this.#ports.delete(number);
  }

  handleEvent(event: LanePortEvent): void {
    const joined = this.#ports.get(event.port);
    if (joined?.early !== undefined) joined.early.push(event);
    else joined?.port.handleEvent(event);
  }
}
