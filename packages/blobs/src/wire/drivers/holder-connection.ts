import type { Duplex } from "node:stream";
import { HolderError } from "../../holder-error.ts";
import type { TalkName } from "../../requests.ts";
import { answerSizeMax } from "../answer-form.ts";
import { AnswerReader, type ReadAnswerMessage } from "../answer-reader.ts";
import { SHARD_RATE_MIN } from "../../limits.ts";
import { PIECE_SIZE, SILENT_MS } from "../limits.ts";
import type { WrittenQuestion } from "../question-form.ts";

/** A connection with a holder, which carries one question after the other. */
export class HolderConnection {
  readonly #stream: Duplex;
  #isBusy = false;
  #uses = 0;

  /** @param stream the connection; it is this object's from now on */
  constructor(stream: Duplex, onClose: () => void) {
    this.#stream = stream;
    stream.on("error", () => undefined);
    stream.once("close", onClose);
    stream.once("end", () => stream.destroy());
    // A holder that speaks without being asked is not asked any more.
    stream.on("data", () => this.#isBusy || stream.destroy());
  }

  get isOver(): boolean {
    return this.#stream.destroyed;
  }

  /** How many questions have been answered over it. */
  get uses(): number {
    return this.#uses;
  }

  destroy(): void {
    this.#stream.destroy();
  }

  /**
   * Asks. The connection is over after any error, and after an answer that ends it.
   *
   * @throws HolderError ERR_STORAGE_UNREACHABLE, ERR_STORAGE_FORM; StaleError where it was lost before anything was answered; the signal's reason
   */
  async ask(
    op: TalkName,
    { method, target, headers, body }: WrittenQuestion,
    signal: AbortSignal,
  ): Promise<ReadAnswerMessage> {
    const fields = {
      host: "storage",
      ...headers,
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
    this.#isBusy = true;
    try {
      const answer = await this.#exchange(head, body, new AnswerReader((status) => answerSizeMax(op, status)), signal);
      this.#uses++;
      if (!answer.isKept) this.#stream.destroy();
      return answer;
    } catch (error) {
      this.#stream.destroy();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  #exchange(
    head: Buffer,
    body: Uint8Array | undefined,
    reader: AnswerReader,
    signal: AbortSignal,
  ): Promise<ReadAnswerMessage> {
    const stream = this.#stream;
    return new Promise((done, fail) => {
      let isSent = false;
      const giveUp = (): void => end(unreachable("it neither takes nor gives anything"));
      let silent = setTimeout(giveUp, SILENT_MS);
      const touch = (): void => void silent.refresh();
      const leave = (): void => end(signal.reason as Error);
      const lose = (): void => end(lostError(stream.errored, reader.isUntouched));
      const take = (octets: Buffer): void => {
        touch();
        try {
          const answer = reader.take(octets);
          if (answer === undefined) return;
          // Whoever answers before all was sent does not read the rest: the connection has no other question.
          settle();
          done(isSent ? answer : { ...answer, isKept: false });
        } catch (error) {
          end(error as Error);
        }
      };
      const settle = (): void => {
        clearTimeout(silent);
        signal.removeEventListener("abort", leave);
        stream.off("data", take).off("close", lose);
      };
      const end = (error: Error): void => {
        settle();
        fail(error);
      };
      if (signal.aborted) return leave();
      if (stream.destroyed) return lose();
      signal.addEventListener("abort", leave, { once: true });
      stream.on("data", take).once("close", lose);
      send(stream, head, body, touch, () => {
        isSent = true;
        // The vertex has taken all of it, and nothing says how far it has come since.
        clearTimeout(silent);
        silent = setTimeout(giveUp, SILENT_MS + ((body?.length ?? 0) / SHARD_RATE_MIN) * 1_000);
      });
    });
  }
}

/** Writes piece after piece, so that it is known how a slow holder takes them. */
function send(stream: Duplex, head: Buffer, body: Uint8Array | undefined, touch: () => void, sent: () => void): void {
  const octets = body ?? Buffer.of();
  let at = 0;
  const next = (error?: Error | null): void => {
    if ((error ?? undefined) !== undefined || stream.destroyed) return;
    touch();
    if (at >= octets.length) return sent();
    const piece = octets.subarray(at, at + PIECE_SIZE);
    at += piece.length;
    stream.write(piece, next);
  };
  stream.write(head, next);
}

/** A connection that was lost before a single octet was answered. */
export class StaleError extends HolderError {}

function lostError(cause: Error | null, isUntouched: boolean): HolderError {
  const message = cause === null ? "the connection has ended" : cause.message;
  const refusal = { code: "ERR_STORAGE_UNREACHABLE", message } as const;
  return isUntouched ? new StaleError(refusal, cause) : new HolderError(refusal, cause);
}

/** A holder gives no answer. */
export function unreachable(message: string, cause?: unknown): HolderError {
  return new HolderError({ code: "ERR_STORAGE_UNREACHABLE", message }, cause);
}
