import type http from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ReadOptions, RepositorySource } from "../../repository/index.ts";
import { judgeAnswer } from "../answer-head.ts";
import { ANSWER_HEADER_SIZE_MAX, ANSWER_WAIT_MS, SILENT_MS } from "../limits.ts";
import { RateWatch } from "../rate-watch.ts";
import { SourceError } from "../source-error.ts";

/** Node's HTTP, without what `import` would run along with it. */
const { request: httpRequest }: typeof http = process.getBuiltinModule("node:http");

export interface HttpSourceOptions {
  /** Makes a connection with the server, for one request. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly time: ProcessTime;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Octets of a second that are enough. */
  readonly rateMin?: number;
  /** Is told how many octets of a file have come. */
  readonly onOctets?: (octets: number) => void;
}

/**
 * A server as a source: HTTP/1.1 over any connection, each request over one of its own. Nothing that the server says leads elsewhere, and neither silence nor
 * drops keep its reader.
 */
export class HttpSource implements RepositorySource {
  readonly #options: HttpSourceOptions;

  constructor(options: HttpSourceOptions) {
    this.#options = options;
  }

  async read(path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { offset, lengthMax, signal } = options;
    const own = new AbortController();
    const either = AbortSignal.any([signal, own.signal]);
    try {
      const connection = await within(this.#connect(either), SILENT_MS);
      const request = this.#ask(path, offset, lengthMax, connection, either);
      const answer = await answerOf(request);
      const head = judgeAnswer({ status: answer.statusCode ?? 0, headers: answer.headers }, offset);
      if (head !== undefined) return this.#octets(answer, Math.min(head.octets, lengthMax), own, signal);
      own.abort();
      return undefined;
    } catch (error) {
      own.abort();
      signal.throwIfAborted();
      throw asSourceError(error);
    }
  }

  /** Makes a connection that ends with the signal, also where nobody waits for it any more. */
  async #connect(signal: AbortSignal): Promise<Duplex> {
    const connection = await this.#options.connect(signal);
    connection.on("error", () => undefined);
    const end = (): void => void connection.destroy();
    signal.addEventListener("abort", end, { once: true });
    connection.once("close", () => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
    signal.throwIfAborted();
    return connection;
  }

  #ask(path: string, offset: number, lengthMax: number, connection: Duplex, signal: AbortSignal): ClientRequest {
    const last = Number.isFinite(lengthMax) ? String(offset + lengthMax - 1) : "";
    const request = httpRequest({
      createConnection: () => connection,
      path: `/${path}`,
      headers: {
        ...this.#options.headers,
        host: "update",
        "accept-encoding": "identity",
        connection: "close",
        ...(offset === 0 ? {} : { range: `bytes=${offset}-${last}` }),
      },
      maxHeaderSize: ANSWER_HEADER_SIZE_MAX,
      signal,
    });
    request.once("close", () => connection.destroy());
    request.end();
    return request;
  }

  async *#octets(
    answer: IncomingMessage,
    octets: number,
    own: AbortController,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const { now } = this.#options.time;
    const watch = new RateWatch(this.#options.rateMin);
    const chunks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
    let left = octets;
    try {
      while (left > 0) {
        const askedAt = now();
        const { done, value } = await within(chunks.next(), SILENT_MS);
        if (done === true) throw lost("the connection has ended before the file");
        const chunk = value.subarray(0, left);
        left -= chunk.length;
        this.#options.onOctets?.(chunk.length);
        const isSlow = watch.handleOctets(chunk.length, now() - askedAt);
        yield chunk;
        if (isSlow && left > 0) throw slow("it gives too few octets in a second");
      }
    } catch (error) {
      signal.throwIfAborted();
      throw asSourceError(error);
    } finally {
      // Its reader may have gone: the connection ends in any case.
      own.abort();
    }
  }
}

/** Waits for the head of an answer, as long as there are signs of life. */
function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const silent = setTimeout(() => fail(slow("it does not answer")), SILENT_MS);
    const over = setTimeout(() => fail(slow("it has the file not yet")), ANSWER_WAIT_MS);
    const settle = (): void => {
      clearTimeout(silent);
      clearTimeout(over);
    };
    request.on("information", () => void silent.refresh());
    request.once("response", (answer) => {
      settle();
      answer.on("error", () => undefined);
      done(answer);
    });
    request.on("error", (error) => {
      settle();
      fail(error);
    });
  });
}

function within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(slow("nothing comes any more")), ms);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}

function slow(message: string): SourceError {
  return new SourceError("ERR_RELEASE_SOURCE_SLOW", "slow", message);
}

function lost(message: string, cause?: unknown): SourceError {
  return new SourceError("ERR_RELEASE_SOURCE_LOST", "lost", message, { cause });
}

function asSourceError(error: unknown): SourceError {
  return error instanceof SourceError ? error : lost((error as Error).message, error);
}
