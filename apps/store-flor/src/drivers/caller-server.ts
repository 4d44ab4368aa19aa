import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { createHttpServer, listenForVertex, readPrincipal } from "@florenetes/process-kit";
import type { ServingLimits } from "../config/store-config.ts";
import { OctetRate } from "../serving/octet-rate.ts";
import { ReaderPlaces } from "../serving/reader-places.ts";
import {
  CONNECTIONS_MAX,
  CONNECTIONS_OF_ONE_MAX,
  HEADERS_MS,
  HEADERS_SIZE_MAX,
  IDLE_MS,
  REQUESTS_OF_ONE_MAX,
  TIMES_CHECK_MS,
} from "./limits.ts";

/** A request of somebody who has a place. */
export interface CallerRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly principal: string;
  /** Ends with the connection. */
  readonly signal: AbortSignal;
}

export interface CallerServerOptions {
  /** Path of the socket to which cluster-flor brings those who ask. */
  readonly path: string;
  readonly limits: ServingLimits;
  /** A whole request comes within so many milliseconds. */
  readonly requestMs: number;
  /** Answers. What it throws is for `refuse`. */
  readonly serve: (asked: CallerRequest) => Promise<void>;
  /** Answers that there is no place. */
  readonly refuseFull: (response: ServerResponse, signal: AbortSignal) => void;
  /** Answers that it could not be served, within the place. Rejects never. */
  readonly refuse: (response: ServerResponse, error: unknown, signal: AbortSignal) => void | Promise<void>;
}

/** Whoever asks over a connection. */
interface Caller {
  readonly principal: string;
  /** Whether a request of it is being answered. */
  isServed: boolean;
}

/** HTTP for those whom a cluster vertex brings: how many connections and places each of them has, and how fast all are served. */
export class CallerServer implements AsyncDisposable {
  readonly #options: CallerServerOptions;
  readonly #http: HttpServer;
  readonly #callers = new Map<Socket, Caller>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #limits: ServingLimits;
  #places: ReaderPlaces;
  #rate: OctetRate | undefined;
  /** Connections without the header of a cluster vertex. */
  refused = 0;
  /** Connections of those who had too many. */
  turnedAway = 0;

  constructor(options: CallerServerOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#places = placesOf(options.limits);
    this.#rate = rateOf(options.limits.rate);
    this.#http = createHttpServer({
      headersTimeout: HEADERS_MS,
      requestTimeout: options.requestMs,
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

  /** How fast an answer may go: by all of these. */
  rates(): readonly OctetRate[] {
    return [this.#rate, rateOf(this.#limits.readerRate)].filter((rate) => rate !== undefined);
  }

  /** @throws OperatorError `ERR_SOCKET_…` */
  async start(): Promise<void> {
    this.#server = await listenForVertex(this.#options.path, (socket) => this.#take(socket), CONNECTIONS_MAX);
  }

  /** Holds those who ask to other limits: those that come from now on. */
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
    const { principal } = caller;
    const leave = this.#places.take(principal);
    if (leave === undefined) return this.#options.refuseFull(response, ending.signal);
    try {
      await this.#options.serve({ request, response, principal, signal: ending.signal });
    } catch (error) {
      await this.#options.refuse(response, error, ending.signal);
    } finally {
      leave();
    }
  }
}

/** A body that nobody has read may be of any size: the connection ends, and the body with it. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function placesOf({ readers, readersOfOne }: ServingLimits): ReaderPlaces {
  return new ReaderPlaces(readers, readersOfOne);
}

function rateOf(perSecond: number | undefined): OctetRate | undefined {
  return perSecond === undefined ? undefined : new OctetRate(perSecond);
}
