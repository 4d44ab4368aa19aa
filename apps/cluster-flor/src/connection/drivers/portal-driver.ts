import type { FlorioPort } from "@florenetes/florio";
import type { PortalClient, PortalClientEvent } from "@florenetes/portal-api";
import { EarliestTimer } from "@florenetes/timing";

/**
 * Drives the Portal API's client over one FlorIO port: messages in and out, one timer, events to `onEvent`. Its owner
 * joins it to the port's handlers (`handleControl`, `handleConnected`, `handleDisconnected`).
 */
export class PortalDriver {
  readonly #client: PortalClient;
  readonly #port: FlorioPort;
  readonly #now: () => number;
  readonly #onEvent: (event: PortalClientEvent) => void;
  /** A process that was itself stopped finds its deadlines passed: it reads what has come meanwhile before it judges. */
  readonly #timer = new EarliestTimer(() => setImmediate(this.#judge));
  #isClosed = false;

  constructor(options: {
    readonly client: PortalClient;
    readonly port: FlorioPort;
    readonly now: () => number;
    readonly onEvent: (event: PortalClientEvent) => void;
  }) {
    this.#client = options.client;
    this.#port = options.port;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
    this.#pump();
  }

  handleControl(message: Uint8Array): void {
    this.#client.handleMessage(message, this.#now());
    this.#pump();
  }

  handleConnected(): void {
    this.#client.handleConnected(this.#now());
    this.#pump();
  }

  handleDisconnected(): void {
    this.#client.handleDisconnected(this.#now());
    this.#pump();
  }

  /** Lets the caller change the client (a wish more or less) and acts on what comes of it. */
  update(change: (client: PortalClient, now: number) => void): void {
    change(this.#client, this.#now());
    this.#pump();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.close();
  }

  #pump(): void {
    if (this.#isClosed) return;
    for (let message = this.#client.pollTransmit(); message !== undefined; message = this.#client.pollTransmit()) {
      // What the socket does not take now is repeated by the client, as is all that stays unanswered.
      this.#port.sendControl(message);
    }
    for (let event = this.#client.pollEvent(); event !== undefined; event = this.#client.pollEvent()) {
      this.#onEvent(event);
    }
    this.#timer.set(this.#client.nextTimeout());
  }

  readonly #judge = (): void => {
    if (this.#isClosed) return;
    this.#client.handleTimeout(this.#now());
    this.#pump();
  };
}
