import { FlorioError, type FlorioPort } from "@florenetes/florio";

/** A socket that cannot be bound is tried again after so long, then after twice as long each time. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;

export interface PortalSocketOptions {
  /** @throws FlorioError when the socket cannot be bound. A data thread says so later: `handleFailed`. */
  readonly open: () => FlorioPort;
  readonly now: () => number;
  /** The portal has another port now, or none. */
  readonly onPort: (port: FlorioPort | undefined) => void;
  readonly onFailed: (error: FlorioError) => void;
}

/** The FlorIO port of a portal, and the attempts to open it: another process may have its socket, or its folder may not exist yet. */
export class PortalSocket {
  readonly #options: PortalSocketOptions;
  #port: FlorioPort | undefined;
  #retryAt = Infinity;
  #pauseMs = RETRY_MS;

  constructor(options: PortalSocketOptions) {
    this.#options = options;
  }

  get port(): FlorioPort | undefined {
    return this.#port;
  }

  open(): void {
    this.#retryAt = Infinity;
    try {
      this.#set(this.#options.open());
    } catch (error) {
      if (!(error instanceof FlorioError)) throw error;
      this.handleFailed(error);
    }
  }

  /** A data thread could not open the port after all. */
  handleFailed(error: FlorioError): void {
    this.#retryAt = this.#options.now() + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, RETRY_MS_MAX);
    this.#port?.close();
    this.#set(undefined);
    this.#options.onFailed(error);
  }

  /** The port has found its partner: the next failure counts as a new one. */
  handleConnected(): void {
    this.#pauseMs = RETRY_MS;
  }

  handleTimeout(now: number): void {
    if (now >= this.#retryAt) this.open();
  }

  nextTimeout(): number {
    return this.#retryAt;
  }

  close(): void {
    this.#retryAt = Infinity;
    this.#port?.close();
  }

  #set(port: FlorioPort | undefined): void {
    this.#port = port;
    this.#options.onPort(port);
  }
}
