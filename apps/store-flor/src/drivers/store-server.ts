import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { isOperatorError } from "@florenetes/operator-text";
import { createHttpServer, listenForVertex, type Logger, readPrincipal } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ServingLimits } from "../config/store-config.ts";
import { type ByteRange, readByteRange } from "../serving/byte-range.ts";
import { OctetRate } from "../serving/octet-rate.ts";
import { ReaderPlaces } from "../serving/reader-places.ts";
import { readRepositoryPath } from "../serving/repository-path.ts";
import type { Asking, FileSupply, SuppliedFile } from "./file-supply.ts";
import {
  CONNECTIONS_MAX,
  CONNECTIONS_OF_ONE_MAX,
  HEADERS_MS,
  HEADERS_SIZE_MAX,
  IDLE_MS,
  REQUESTS_OF_ONE_MAX,
  RETRY_AFTER_S,
  SIGN_OF_LIFE_MS,
  TIMES_CHECK_MS,
} from "./limits.ts";
import { sendBody } from "./paced-body.ts";
import { storeError } from "./store-error.ts";

export interface StoreServerOptions {
  /** Path of the socket to which cluster-flor brings those who read. */
  readonly path: string;
  readonly supply: FileSupply;
  readonly limits: ServingLimits;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Whoever reads over a connection. */
interface Caller {
  readonly principal: string;
  /** Whether a request of it is being answered. */
  isServed: boolean;
}

/** Hands files of a repository to those whom a cluster vertex brings. */
export class StoreServer implements AsyncDisposable {
  readonly #options: StoreServerOptions;
  readonly #http: HttpServer;
  readonly #callers = new Map<Socket, Caller>();
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Map<string, number>();
  #server: Server | undefined;
  #limits: ServingLimits;
  #places: ReaderPlaces;
  #rate: OctetRate | undefined;
  /** Octets of files that were sent. */
  octets = 0;
  /** Connections without the header of a cluster vertex. */
  refused = 0;
  /** Connections of those who had too many. */
  turnedAway = 0;
  /** Readers that were cut, as they took too little. */
  slow = 0;

  constructor(options: StoreServerOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#places = placesOf(options.limits);
    this.#rate = rateOf(options.limits.rate);
    this.#http = createHttpServer({
      headersTimeout: HEADERS_MS,
      requestTimeout: HEADERS_MS,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: HEADERS_SIZE_MAX,
      connectionsCheckingInterval: TIMES_CHECK_MS,
    });
    this.#http.maxRequestsPerSocket = REQUESTS_OF_ONE_MAX;
    // Node's HTTP holds connections to these times only once it listens, and here it is brought each of them.
    this.#http.emit("listening");
    this.#http.on("request", (request, response) => void this.#answer(request, response));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Requests that are being answered. */
  get readers(): number {
    return this.#places.size;
  }

  /** Answers by their status. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  /** @throws OperatorError `ERR_SOCKET_…` */
  async start(): Promise<void> {
    this.#server = await listenForVertex(this.#options.path, (socket) => this.#take(socket), CONNECTIONS_MAX);
  }

  /** Holds readers to other limits: those that come from now on. */
  handleLimits(limits: ServingLimits): void {
    this.#limits = limits;
    this.#places = placesOf(limits);
    this.#rate = rateOf(limits.rate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((done) =>
      this.#server === undefined ? done() : this.#server.close(() => done()),
    );
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
    await closed;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#callers.delete(socket);
    });
    const refuse = (): void => void this.refused++;
    readPrincipal(socket, ({ principal }) => this.#admit(socket, principal), refuse);
  }

  #admit(socket: Socket, principal: string): void {
    let own = 0;
    for (const caller of this.#callers.values()) if (caller.principal === principal) own++;
    if (own >= CONNECTIONS_OF_ONE_MAX) {
      this.turnedAway++;
      return void socket.destroy();
    }
    this.#callers.set(socket, { principal, isServed: false });
    this.#http.emit("connection", socket);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const caller = this.#callers.get(socket);
    // Whoever asks before the answer before is over wants its requests kept: here nobody's are.
    if (caller === undefined || caller.isServed) return void socket.destroy();
    caller.isServed = true;
    const ending = new AbortController();
    response.on("error", () => undefined);
    response.once("close", () => {
      caller.isServed = false;
      ending.abort();
    });
    const leave = this.#places.take(caller.principal);
    try {
      if (leave === undefined) throw storeError("ERR_STORE_BUSY", "as many read as may, or as many of yours");
      await this.#serve(request, response, ending.signal);
    } catch (error) {
      this.#refuse(response, error);
    } finally {
      leave?.();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
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
    const rates = [this.#rate, rateOf(this.#limits.readerRate)].filter((rate) => rate !== undefined);
    const onOctets = (octets: number): void => void (this.octets += octets);
    const { time } = this.#options;
    const end = await sendBody({ handle, range: part, response, rates, time, signal, onOctets });
    if (end === "sent") return void response.end();
    if (end === "slow") this.slow++;
    response.destroy();
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (!isOperatorError(error)) this.#options.log.error({ code: "ANSWER_FAILED", err: error }, "an answer failed");
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

function placesOf({ readers, readersOfOne }: ServingLimits): ReaderPlaces {
  return new ReaderPlaces(readers, readersOfOne);
}

function rateOf(perSecond: number | undefined): OctetRate | undefined {
  return perSecond === undefined ? undefined : new OctetRate(perSecond);
}

/** A body that nobody has read may be of any size: the connection ends, and the body with it. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** How a reader asks: caches say who they are (RFC 9110, 7.6.3), and ask each other for what is there (RFC 9111, 5.2.1.7). */
function askingOf({ headers }: IncomingMessage): Asking {
  return {
    isCachedOnly: headers["cache-control"] === "only-if-cached",
    cache: /^1\.1 (update-cache\.[a-z0-9._-]{1,64})$/.exec(headers.via ?? "")?.[1],
  };
}
