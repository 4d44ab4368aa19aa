import type { IncomingMessage, ServerResponse } from "node:http";
import { isOperatorError } from "@florenetes/operator-text";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ServingLimits } from "../config/store-config.ts";
import { type ByteRange, readByteRange } from "../serving/byte-range.ts";
import { readRepositoryPath } from "../serving/repository-path.ts";
import { type CallerRequest, CallerServer, hasBody } from "./caller-server.ts";
import type { Asking, FileSupply, SuppliedFile } from "./file-supply.ts";
import { FAULT_TOLD_MS, HEADERS_MS, RETRY_AFTER_S, SIGN_OF_LIFE_MS } from "./limits.ts";
import { readPiece, sendBody } from "./paced-body.ts";
import { storeError } from "./store-error.ts";

export interface StoreServerOptions {
  /** Path of the socket to which cluster-flor brings those who read. */
  readonly path: string;
  readonly supply: FileSupply;
  readonly limits: ServingLimits;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Hands files of a repository to those whom a cluster vertex brings. */
export class StoreServer implements AsyncDisposable {
  readonly #options: StoreServerOptions;
  readonly #callers: CallerServer;
  readonly #log: RateLimitedLog;
  readonly #answers = new Map<string, number>();
  /** Octets of files that were sent. */
  octets = 0;
  /** Readers that were cut, as they took too little. */
  slow = 0;

  constructor(options: StoreServerOptions) {
    this.#options = options;
    this.#log = createRateLimitedLog(options.log, { burst: 1, intervalMs: FAULT_TOLD_MS });
    const full = storeError("ERR_STORE_BUSY", "as many read as may, or as many of yours");
    this.#callers = new CallerServer({
      path: options.path,
      limits: options.limits,
      requestMs: HEADERS_MS,
      serve: (asked) => this.#serve(asked),
      refuseFull: (response) => this.#refuse(response, full),
      refuse: (response, error) => this.#refuse(response, error),
    });
  }

  get connections(): number {
    return this.#callers.connections;
  }

  /** Requests that are being answered. */
  get readers(): number {
    return this.#callers.readers;
  }

  /** Connections without the header of a cluster vertex. */
  get refused(): number {
    return this.#callers.refused;
  }

  /** Connections of those who had too many. */
  get turnedAway(): number {
    return this.#callers.turnedAway;
  }

  /** Answers by their status. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  /** @throws OperatorError `ERR_SOCKET_…` */
  start(): Promise<void> {
    return this.#callers.start();
  }

  /** Holds readers to other limits: those that come from now on. */
  handleLimits(limits: ServingLimits): void {
    this.#callers.handleLimits(limits);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#callers[Symbol.asyncDispose]();
  }

  async #serve({ request, response, signal }: CallerRequest): Promise<void> {
    const { method, url = "" } = request;
    if (method !== "GET" && method !== "HEAD") return this.#end(response, 405, { allow: "GET, HEAD" });
    const path = readRepositoryPath(url);
    if (path === undefined) return this.#end(response, 404);
    const asking = askingOf(request);
    const file = await this.#waitFor(this.#options.supply.open(path, asking), request, response, signal);
    if (file === "gone") return;
    try {
      if (file === undefined) return this.#end(response, asking.isCachedOnly ? 504 : 404);
      await this.#send(file, request, response, signal);
    } finally {
      await file?.release();
    }
  }

  /** Waits for a file, and tells its reader that it comes: as long as there is a reader. */
  async #waitFor(
    file: Promise<SuppliedFile | undefined>,
    { httpVersion }: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<SuppliedFile | undefined | "gone"> {
    const sign = (): void => {
      if (httpVersion === "1.1" && !response.destroyed) response.writeProcessing();
    };
    const signs = setInterval(sign, SIGN_OF_LIFE_MS);
    const gone = Promise.withResolvers<"gone">();
    const leave = (): void => gone.resolve("gone");
    signal.addEventListener("abort", leave, { once: true });
    try {
      const first = await Promise.race([file, gone.promise]);
      // The file may come all the same.
      if (first === "gone") void file.then((late) => late?.release()).catch(() => undefined);
      return first;
    } finally {
      clearInterval(signs);
    }
  }

  async #send(
    { handle, size }: SuppliedFile,
    { method, headers }: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const range = readByteRange(headers.range, size);
    if (range === "none") return this.#end(response, 416, { "content-range": `bytes */${size}` });
    const part: ByteRange = range === "whole" ? { first: 0, last: size - 1 } : range;
    const status = range === "whole" ? 200 : 206;
    this.#count(status);
    response.writeHead(status, {
      ...COMMON,
      "content-type": "application/octet-stream",
      "content-length": part.last + 1 - part.first,
      "accept-ranges": "bytes",
      ...(range === "whole" ? {} : { "content-range": `bytes ${part.first}-${part.last}/${size}` }),
      ...(hasBody(response.req) ? { connection: "close" } : {}),
    });
    if (method === "HEAD") return void response.end();
    const onOctets = (octets: number): void => void (this.octets += octets);
    const { time } = this.#options;
    const rates = this.#callers.rates();
    const end = await sendBody({
      read: (at, size) => readPiece(handle, at, size),
      range: part,
      response,
      rates,
      time,
      signal,
      onOctets,
    });
    if (end === "sent") return void response.end();
    if (end === "slow") this.slow++;
    response.destroy();
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (!isOperatorError(error)) this.#log.error({ code: "ANSWER_FAILED", err: error }, "an answer failed");
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (!isOperatorError(error)) return this.#end(response, 500);
    this.#end(response, 503, { "retry-after": RETRY_AFTER_S }, `${error.code}: ${error.message}\n`);
  }

  #end(response: ServerResponse, status: number, headers: Record<string, string | number> = {}, text = ""): void {
    this.#count(status);
    const end = hasBody(response.req) ? { connection: "close" } : {};
    const type = text === "" ? {} : { "content-type": "text/plain; charset=utf-8" };
    response.writeHead(status, { ...COMMON, ...headers, ...type, "content-length": Buffer.byteLength(text), ...end });
    response.end(response.req.method === "HEAD" ? undefined : text);
  }

  #count(status: number): void {
    this.#answers.set(String(status), (this.#answers.get(String(status)) ?? 0) + 1);
  }
}

const COMMON = { "x-content-type-options": "nosniff" };

/** How a reader asks: caches say who they are (RFC 9110, 7.6.3), and ask each other for what is there (RFC 9111, 5.2.1.7). */
function askingOf({ headers }: IncomingMessage): Asking {
  return {
    isCachedOnly: headers["cache-control"] === "only-if-cached",
    cache: /^1\.1 (update-cache\.[a-z0-9._-]{1,64})$/.exec(headers.via ?? "")?.[1],
  };
}
