import type { ThreadPort, ThreadPortEvent } from "@florenetes/florio";

type Port = Pick<ThreadPort, "handleEvent">;

/** News of the port with that number. */
export type LanePortEvent = { readonly port: number } & ThreadPortEvent;

/** The ports of the data thread that somebody has joined, and the news of those that nobody has joined yet. */
export class LanePorts {
  readonly #soon: (call: () => void) => void;
  readonly #ports: (Port | undefined)[] = [];
  readonly #early: LanePortEvent[] = [];

  /** @param soon Calls once, later than its caller's turn. */
  constructor(soon: (call: () => void) => void) {
    this.#soon = soon;
  }

  /** The port gets its news, those of before first, but none before its owner has it: what comes until then waits behind them. */
  join(number: number, port: Port): void {
    this.#soon(() => {
      this.#ports[number] = port;
      for (const event of this.#early.splice(0)) this.handleEvent(event);
    });
  }

  handleEvent(event: LanePortEvent): void {
    const port = this.#ports[event.port];
    if (port === undefined) this.#early.push(event);
    else port.handleEvent(event);
  }
}
