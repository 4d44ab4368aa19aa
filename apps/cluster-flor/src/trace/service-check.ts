import { Code, codeName } from "../transport/codes.ts";
import type { StreamAccount } from "../transport/streams/stream-account.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";
import type { ServiceCheck } from "./trace-report.ts";

export interface ServiceCheckOptions {
  readonly service: string;
  readonly trunk: Trunk;
  /** Counts the stream. */
  readonly account: StreamAccount;
  /** The trunk is not needed any more. */
  readonly leave: () => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The service has answered, or has not taken the stream. */
  readonly onSettled: () => void;
}

/**
 * Asks a service as a workload does: by a stream that carries nothing, and is reset as soon as it is answered. The service's target sees a
 * connection that comes and goes.
 */
export class ServiceAsking {
  readonly #options: ServiceCheckOptions;
  readonly #startedAt: number;
  #check: ServiceCheck | undefined;
  #reset: (() => void) | undefined;

  constructor(options: ServiceCheckOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  start(): void {
    const { trunk, account, now } = this.#options;
    trunk.clients.openOwn(account, (stream) => {
      this.#reset = () => stream.reset();
      return {
        handleAnswered: () => this.#settle("ANSWERED", ""),
        handleBytes: () => {},
        handleEnd: () => {},
        handleWritable: () => {},
        handleTaken: () => {},
        handleReset: (code, text) => {
          this.#reset = undefined;
          // A service of datagrams refuses this kind of stream only after it has judged the principal: so it has answered.
          if (code === Code.wrongKind) this.#settle("ANSWERED", "");
          else this.#settle(codeName(code), text);
        },
      };
    });
    trunk.handleTimeout(now());
  }

  get isSettled(): boolean {
    return this.#check !== undefined;
  }

  /** The outcome so far. */
  get check(): ServiceCheck {
    return this.#check ?? this.#checkOf("WAITING", "");
  }

  /** Lets go of the stream. */
  close(): void {
    this.#reset?.();
    this.#reset = undefined;
    this.#options.leave();
  }

  #settle(code: string, text: string): void {
    if (this.#check !== undefined) return;
    this.#check = this.#checkOf(code, text);
    this.#options.onSettled();
  }

  #checkOf(code: string, text: string): ServiceCheck {
    const { service, trunk, now } = this.#options;
    const { problem } = trunk;
    return { service, as: trunk.options.as, code, text, problem, ms: now() - this.#startedAt };
  }
}
