import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import {
  createHttpServer,
  listenForVertex,
  type Logger,
  readBody,
  readPrincipal,
  type SerialQueue,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { type Api, json } from "../api/api.ts";
import type { Audit, AuditEntry } from "../api/audit.ts";
import type { EventHub } from "../api/event-hub.ts";
import { type ApiAnswer, ApiError, type ApiRequest, problemOf } from "../api/exchange.ts";
import { BODY_SIZE_MAX, SIGN_OF_LIFE_MS, STREAM_UNREAD_MAX } from "../api/limits.ts";
import type { Readers } from "../api/readers.ts";
import { NOBODY, type Refusal, Refusals } from "../api/refusals.ts";
import type { ReaderRights } from "../reader-rights.ts";
import { StreamPlaces } from "../api/stream-places.ts";
import { UnreadAnswers } from "../api/unread-answers.ts";
import type { ProposalDesk } from "./proposal-desk.ts";
import type { ConsolePages } from "./console-pages.ts";
import { type Order, orderAt, requireOrder } from "../api/orders.ts";
import { statusOf } from "../api/handed-in.ts";
import type { AuditDesk } from "./audit-desk.ts";
import type { LogDesk } from "./log-desk.ts";
import {
  ANSWER_STILL_MS,
  CONNECTIONS_MAX,
  CONNECTIONS_OF_ONE_MAX,
  HEADERS_MS,
  HEADERS_SIZE_MAX,
  IDLE_MS,
  REQUEST_MS,
  TIMES_CHECK_MS,
} from "./limits.ts";

export interface ApiServerOptions {
  /** Path of the socket to which cluster-flor brings those who ask. */
  readonly path: string;
  readonly api: Api;
  readonly hub: EventHub;
  readonly pages: ConsolePages;
  readonly desk: ProposalDesk;
  readonly entries: LogDesk;
  readonly audits: AuditDesk;
  /** Proposals change one after the other. */
  readonly queue: SerialQueue;
  readonly readers: Readers;
  readonly audit: Audit;
  readonly time: ProcessTime;
  readonly log: Logger;
}

const COMMON = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Whoever asks over a connection. */
export interface Caller {
  /** The principal; empty: none is known. */
  readonly principal: string;
  /** Why the connection does not prove it, for people; undefined: it does. */
  readonly refused?: string;
}

/** Answers the API's requests over HTTP: who asks is what is proven of each connection. */
export class ApiServer implements AsyncDisposable {
  readonly #options: ApiServerOptions;
  readonly #http: HttpServer;
  readonly #callers = new WeakMap<Socket, Caller>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  readonly #places = new StreamPlaces();
  readonly #unread = new UnreadAnswers();
  readonly #answers = new Map<string, number>();
  readonly #refusals = new Refusals();
  readonly #telling: WakeUpTimer;
  #server: Server | undefined;
  #refused = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { now, wakeUps } = options.time;
    this.#telling = wakeUps.timer(() => this.#tell(this.#refusals.handleTimeout(now())));
    this.#http = createHttpServer({
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: HEADERS_SIZE_MAX,
      connectionsCheckingInterval: TIMES_CHECK_MS,
    });
    // Node's HTTP holds connections to these times only once it listens, and here it is brought each of them.
    this.#http.emit("listening");
    this.#http.on("request", (request, response) => void this.#answer(request, response));
  }

  /** Streams of events that are open, those of the console too. */
  get streams(): number {
    return this.#places.size;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Connections without the header of a cluster vertex. */
  get refused(): number {
    return this.#refused;
  }

  /** Answers by their status. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  /** @throws OperatorError `ERR_SOCKET_…` */
  async start(): Promise<void> {
    this.#server = await listenForVertex(this.#options.path, (socket) => this.#take(socket), CONNECTIONS_MAX);
  }

  /** Ends streams of events: those who read them open others. */
  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  /** Takes no more connections, and ends those that are open: streams of events begin anew at another replica. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((done) =>
      this.#server === undefined ? done() : this.#server.close(() => done()),
    );
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
    await closed;
    this.#telling.close();
    this.#tell(this.#refusals.takeAll());
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const refuse = (): void => void this.#refused++;
    readPrincipal(socket, (header) => this.#admitConnection(socket, header), refuse);
  }

  /** Answers on a connection that has proven its principal, or not, as it is said. */
  takeConnection(socket: Socket, caller: Caller): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#admitConnection(socket, caller);
  }

  #admitConnection(socket: Socket, caller: Caller): void {
    if (caller.refused === undefined && this.#connectionsOf(caller.principal) >= CONNECTIONS_OF_ONE_MAX)
      return this.#turnAway(socket);
    this.#callers.set(socket, caller);
    this.#http.emit("connection", socket);
  }

  #connectionsOf(principal: string): number {
    let count = 0;
    for (const socket of this.#sockets) {
      const caller = this.#callers.get(socket)!;
      if (caller?.principal === principal && caller.refused === undefined) count++;
    }
    return count;
  }

  /** Its request is not waited for. */
  #turnAway(socket: Socket): void {
    this.#count(503);
    socket.end(TURNED_AWAY, () => socket.destroy());
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { api, audit, audits, entries, pages, time } = this.#options;
    let begun: AuditEntry | undefined;
    response.on("error", () => undefined).setTimeout(ANSWER_STILL_MS, () => response.destroy());
    const request = this.#requestOf(message);
    try {
      const rights = this.#admit(request, response);
      if (rights === undefined) return;
      const now = time.now();
      const place = `${request.method} ${request.path.join("/")}`;
      if (place === "GET v1/events") return this.#follow(request, rights, response);
      if (place === "GET events") return this.#followPage(request, rights, message, response);
      const order = request.method === "POST" ? orderAt(request.path) : undefined;
      if (order !== undefined) {
        requireOrder(request, rights);
        const text = await readBody(message, BODY_SIZE_MAX);
        if (text === undefined) throw bodyTooLarge();
        // The entry comes before the change: nothing is changed of which nobody would know.
        begun = audit.begin(this.#noted(request));
        return this.#send(request, response, await this.#carryOut(order, request, rights, text), { begun });
      }
      const asking = { rights, now };
      const read =
        entries.answer(request, asking) ?? audits.answer(request, asking) ?? pages.answerTable(request, asking);
      if (read !== undefined) return this.#send(request, response, await read);
      this.#send(request, response, pages.answer(request) ?? api.answer(request, asking));
    } catch (thrown) {
      // Whoever has gone before the end of its request gets no answer.
      if (message.destroyed && !message.complete) return;
      const error = this.#errorOf(thrown);
      this.#send(request, response, problemOf(error), { code: error.code, begun });
    }
  }

  /** Answers whoever is not let in, without an entry in the audit: otherwise it would fill that as fast as it can send. */
  #admit(request: ApiRequest, response: ServerResponse): ReaderRights | undefined {
    const { readers, time } = this.#options;
    try {
      const rights = readers.admit(request, time.now());
      this.#unread.admit(request.principal);
      return rights;
    } catch (thrown) {
      const error = this.#errorOf(thrown);
      this.#refusals.add(request.principal || NOBODY, error.code, time.now());
      this.#telling.set(this.#refusals.nextTimeout());
      this.#write(request, response, problemOf(error));
      return undefined;
    }
  }

  /** Carries out what somebody brings. @throws ApiError as the desk does */
  async #carryOut(order: Order, { principal }: ApiRequest, rights: ReaderRights, text: string): Promise<ApiAnswer> {
    const { api, desk, queue } = this.#options;
    if (order.kind === "hand") {
      const told = await queue.run(() => desk.hand(text));
      return json(told, statusOf(told));
    }
    const sight = api.sightOf(rights);
    const bringer = { principal, isShown: (kind: string, scope: string) => sight.isShown(kind, scope) };
    const expected = order.kind === "sign" ? order.id : undefined;
    const { id, isNew } = await queue.run(() => desk.bring(text, bringer, expected));
    const proposal = desk.proposals.find((each) => each.id === id);
    const { headers, ...answer } = json({ proposal }, isNew ? 201 : 200);
    return { ...answer, headers: { ...headers, location: `/v1/proposals/${id}` } };
  }

  #errorOf(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    this.#options.log.error({ code: "API_FAILED", err: error }, "an answer of the API failed");
    return new ApiError("ERR_CONTROL_INTERNAL", "the program has made a mistake");
  }

  #requestOf({ method = "", url = "", headers, socket }: IncomingMessage): ApiRequest {
    const [path = "", ...parts] = url.split("?");
    // A question mark behind the first one is a part of the query (RFC 3986, 3.4).
    const query = parts.join("?");
    const caller = this.#callers.get(socket)!;
    return {
      method,
      path: path.split("/").slice(1).map(decode),
      query: new URLSearchParams(query),
      principal: caller.principal,
      unproven: caller.refused,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()])),
    };
  }

  #send(
    request: ApiRequest,
    response: ServerResponse,
    answer: ApiAnswer,
    {
      code = answer.code ?? null,
      begun,
    }: { readonly code?: string | null; readonly begun?: AuditEntry | undefined } = {},
  ): void {
    this.#record(request, answer.status, code, begun);
    this.#write(request, response, answer);
  }

  #write(request: ApiRequest, response: ServerResponse, { status, headers, text }: ApiAnswer): void {
    this.#count(status);
    const octets = text === undefined ? 0 : Buffer.byteLength(text);
    response.once("close", this.#unread.add(request.principal, octets));
    const size = text === undefined ? {} : { "content-length": String(octets) };
    // A body that nobody has read may be of any size: the connection ends, and the body with it. So it does where it proves nobody.
    const isLast = request.unproven !== undefined || hasUnreadBody(response.req);
    const end = isLast ? { connection: "close" } : {};
    response.writeHead(status, { ...COMMON, ...headers, ...size, ...end });
    response.end(request.method === "HEAD" ? undefined : text);
  }

  #record(request: ApiRequest, status: number, code: string | null, begun?: AuditEntry): void {
    const { audit, log } = this.#options;
    const entry =
      begun === undefined ? audit.add({ ...this.#noted(request), status, code }) : audit.end(begun, status, code);
    const { number, ...told } = entry;
    log[request.method === "GET" || request.method === "HEAD" ? "debug" : "info"](
      { ...told, code: "REQUEST", problem: code, number },
      "a request was answered",
    );
  }

  #noted({
    principal,
    method,
    path,
  }: ApiRequest): Pick<AuditEntry, "at" | "replica" | "principal" | "method" | "path"> {
    const { api, time } = this.#options;
    const at = time.wallClock().toISOString();
    // Signs that nobody sees, and such that turn others around, are told by their numbers.
    const shown = `/${path.map(encodeURIComponent).join("/")}`.slice(0, PATH_TOLD_MAX);
    return { at, replica: api.view?.node ?? null, principal, method, path: shown };
  }

  #tell(refusals: readonly Refusal[]): void {
    for (const refusal of refusals)
      this.#options.log.info({ ...refusal, code: "REQUESTS_REFUSED" }, "requests were not let in");
  }

  #count(status: number): void {
    this.#answers.set(String(status), (this.#answers.get(String(status)) ?? 0) + 1);
  }

  /** A stream lives until either end closes it. */
  #follow(request: ApiRequest, rights: ReaderRights, response: ServerResponse): void {
    const { api, hub, time } = this.#options;
    // A fabric of which nothing is known cannot be followed: it takes no place.
    api.sightOf(rights);
    this.#takePlace(request, response);
    let isOpen = false;
    const waiting: string[] = [];
    const leave = hub.open(
      {
        sight: () => api.sightOf(rights),
        isBehind: () => response.writableLength > STREAM_UNREAD_MAX,
        send: (text) => void (isOpen ? response.write(text) : waiting.push(text)),
      },
      request.headers["last-event-id"],
      time.now(),
    );
    isOpen = true;
    response.writeHead(200, { ...COMMON, "content-type": "text/event-stream", "cache-control": "no-store" });
    for (const text of waiting) response.write(text);
    const signs = setInterval(() => void (response.writableLength === 0 && response.write(":\n\n")), SIGN_OF_LIFE_MS);
    response.once("close", () => {
      clearInterval(signs);
      leave();
    });
  }

  #followPage(request: ApiRequest, rights: ReaderRights, message: IncomingMessage, response: ServerResponse): void {
    this.#takePlace(request, response);
    this.#options.pages.follow(rights, COMMON, message, response);
  }

  /** @throws ApiError ERR_CONTROL_STREAMS */
  #takePlace(request: ApiRequest, response: ServerResponse): void {
    const leave = this.#places.take(request.principal);
    this.#streams.add(response);
    this.#record(request, 200, null);
    this.#count(200);
    response.once("close", () => {
      this.#streams.delete(response);
      leave();
    });
  }
}

/** Octets. */
const PATH_TOLD_MAX = 256;

/** The answer to whoever has as many connections as one may have. */
const TURNED_AWAY =
  "HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** The connection ends with the answer, without a wait for the rest of the body. */
function bodyTooLarge(): ApiError {
  return new ApiError("ERR_CONTROL_BODY_SIZE", `a body has at most ${BODY_SIZE_MAX} octets`, { connection: "close" });
}

function hasUnreadBody({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
