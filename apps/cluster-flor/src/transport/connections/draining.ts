import { Code } from "../codes.ts";
import type { TransportLimits } from "../limits.ts";
import { encodeFinish } from "../messages.ts";
import type { ControlStream } from "../streams/control-stream.ts";

/** The connection that drains. */
export interface DrainedConnection {
  readonly limits: Pick<TransportLimits, "lingerMs" | "finishMs">;
  readonly streamsOpen: number;
  isInFlight(now: number): boolean;
  close(code: number, reason: string, now: number): void;
  touch(): void;
}

/**
 * The end of a connection that takes no new streams.
 *
 *     originator   streams end ──all is acknowledged──▶ FINISH ──▶ the acceptor closes, or 60 s
 *     acceptor     FINISH ──▶ streams end ──all is acknowledged──▶ closes
 *
 * Only the acceptor knows when its workloads have got the last bytes: QUIC acknowledges bytes before the workloads have them.
 */
export class Draining {
  readonly #isAcceptor: boolean;
  #isDraining = false;
  #isFinishing = false;
  #until = Number.POSITIVE_INFINITY;

  constructor(isAcceptor: boolean) {
    this.#isAcceptor = isAcceptor;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  begin(): void {
    this.#isDraining = true;
  }

  /** When the connection is to be looked at again, whatever happens. */
  nextTimeout(): number {
    return this.#until;
  }

  /** Does the next step of a connection that is open. Called at the end of each of its turns. */
  settle(connection: DrainedConnection, control: ControlStream, now: number): void {
    if (!this.#isDraining) return;
    const { limits } = connection;
    if (connection.streamsOpen > 0) {
      this.#isFinishing = false;
      this.#until = Number.POSITIVE_INFINITY;
      return;
    }
    if (this.#until === Number.POSITIVE_INFINITY) this.#until = now + limits.lingerMs;
    const isOverdue = now >= this.#until;
    if (!isOverdue && (this.#isFinishing || connection.isInFlight(now))) return;
    if (isOverdue || this.#isAcceptor) return connection.close(Code.done, "", now);
    this.#isFinishing = true;
    this.#until = now + limits.finishMs;
    control.send(encodeFinish());
    connection.touch();
  }
}
