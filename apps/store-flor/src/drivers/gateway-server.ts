import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { HolderError, type HeldEntry, sizeOf } from "@florenetes/blobs";
import type { StoreClient } from "@florenetes/blobs/client";
import { type HostPort, isLoopback } from "@florenetes/config-file";
import { isOperatorError } from "@florenetes/operator-text";
import { createHttpServer, createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import { type ProcessTime, WaitingPlaces } from "@florenetes/scheduling";
import { Kept } from "../gateway/kept.ts";
import { FILES_AT_ONCE, FOUND_KEPT, FOUND_KEPT_MS, GATEWAY_CONNECTIONS_MAX, STILL_MS } from "../gateway/limits.ts";
import { ResticList, STATUS_OF } from "../gateway/restic-answers.ts";
import { readResticPath, type ResticPath } from "../gateway/restic-path.ts";
import { readByteRange } from "../serving/byte-range.ts";
import type { CollectionClients } from "./collection-clients.ts";
import { GatewayRefusal, listenError } from "./gateway-error.ts";
import { KeptShards } from "./kept-shards.ts";
import { FAULT_TOLD_MS, HEADERS_MS, HEADERS_SIZE_MAX, IDLE_MS, RETRY_AFTER_S, TIMES_CHECK_MS } from "./limits.ts";
import type { PasswordCheck } from "./password-file.ts";
import { checkPostedSize, readPostedFile } from "./posted-file.ts";

export interface GatewayServerOptions {
  /** A loopback address. */
  readonly bind: HostPort;
  readonly clients: CollectionClients;
  /** Undefined: whoever reaches the address is served. */
  readonly password: PasswordCheck | undefined;
  readonly time: ProcessTime;
  readonly log: Logger;
}

interface Found {
  readonly entry: HeldEntry;
  readonly at: number;
}

type FilePath = Extract<ResticPath, { kind: "file" }>;

/** Speaks restic's REST protocol to programs of this machine. What they write is sealed by themselves. */
export class GatewayServer implements AsyncDisposable {
  readonly #options: GatewayServerOptions;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ending = new AbortController();
  readonly #places = new WaitingPlaces(FILES_AT_ONCE);
  readonly #found = new Kept<Found>(FOUND_KEPT);
  readonly #log: RateLimitedLog;
  readonly #answers = new Map<string, number>();
  readonly shards: KeptShards = new KeptShards(this.#ending.signal);
  /** Requests that were not done, by the code of the reason. */
  readonly faults: Map<string, number> = new Map();
  /** Octets of files that were given, and that were posted. */
  octets = 0;
  posted = 0;
  /** Requests without the password, or of a web page of others. */
  refused = 0;
  /** Connections beyond those that may be. */
  turnedAway = 0;
  #password: PasswordCheck | undefined;

  constructor(options: GatewayServerOptions) {
    this.#options = options;
    this.#password = options.password;
    this.#log = createRateLimitedLog(options.log, { burst: 1, intervalMs: FAULT_TOLD_MS });
    this.#http = createHttpServer({
      headersTimeout: HEADERS_MS,
      // A body takes as long as holders take it.
      requestTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      maxHeaderSize: HEADERS_SIZE_MAX,
      connectionsCheckingInterval: TIMES_CHECK_MS,
    });
    this.#http.maxConnections = GATEWAY_CONNECTIONS_MAX;
    this.#http.on("drop", () => this.turnedAway++);
    this.#http.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#http.on("request", (request, response) => void this.#answer(request, response));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
  }

  /** The port on which it listens. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Files that are being written or read, and lists. */
  get files(): number {
    return this.#places.taken;
  }

  /** Answers by their status. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  /** @throws OperatorError ERR_STORE_BIND */
  async start(): Promise<void> {
    const { bind } = this.#options;
    const failed = once(this.#http, "error").then(([error]) => Promise.reject(listenError(bind, error as Error)));
    await Promise.race([once(this.#http.listen(bind), "listening"), failed]);
    failed.catch(() => undefined);
    // Without descriptors left a connection is not served, and the process goes on.
    this.#http.on("error", () => undefined);
  }

  handlePassword(password: PasswordCheck | undefined): void {
    this.#password = password;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("store-flor stops"));
    const closed = new Promise((done) => this.#http.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leaving = new AbortController();
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    response.once("close", () => leaving.abort(new Error("the program has gone")));
    const signal = AbortSignal.any([leaving.signal, this.#ending.signal]);
    try {
      this.#admit(request);
      const path = readResticPath(request.url ?? "");
      if (path === undefined) throw new GatewayRefusal(404, "ERR_STORE_REQUEST", "restic has no such path");
      const client = this.#options.clients.clientOf(path.collection);
      if (path.kind === "repository") this.#serveRepository(path, request, response);
      else if (path.kind === "list") await this.#serveList(path.prefix, client, request, response, signal);
      else await this.#serveFile(path, client, request, response, signal);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  /** A page of others in a browser of this machine reaches loopback addresses, by a name of its own or by the address itself. */
  #admit({ headers }: IncomingMessage): void {
    const host = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(headers.host ?? "");
    if (!isLoopback(host?.[1] ?? host?.[2] ?? "")) {
      this.refused++;
      throw new GatewayRefusal(421, "ERR_STORE_REQUEST", "the header `host` names no address of loopback");
    }
    if (isOfPage(headers)) {
      this.refused++;
      throw new GatewayRefusal(403, "ERR_STORE_REQUEST", "the request comes of a page in a browser");
    }
    if (this.#password === undefined || this.#password(headers.authorization)) return;
    this.refused++;
    throw new GatewayRefusal(401, "ERR_STORE_REQUEST", "the name or the password of the gateway is not right");
  }

  #serveRepository({ isCreated }: { isCreated: boolean }, { method }: IncomingMessage, response: ServerResponse): void {
    // Records of the storage quorum make collections: here is nothing to be made.
    if (method === "POST" && isCreated) return this.#end(response, 200);
    throw notSo(method);
  }

  async #serveList(
    prefix: string,
    client: StoreClient,
    { method, headers }: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    if (method !== "GET") throw notSo(method);
    const leave = await this.#places.take(signal);
    try {
      const list = new ResticList(prefix, headers.accept);
      // A list that fails is answered with its error alone: whoever reads a part of it takes that for all.
      for await (const entry of client.list(prefix, signal)) list.add(entry);
      this.#end(response, 200, { "content-type": list.type }, list.text);
      // A list is in memory until it is taken, and has its place for so long.
      await once(response, "finish", { signal: AbortSignal.any([signal, AbortSignal.timeout(STILL_MS)]) });
    } finally {
      leave();
    }
  }

  async #serveFile(
    path: FilePath,
    client: StoreClient,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { method } = request;
    if (method === "HEAD") {
      const entry = await client.find(path.name, signal);
      if (entry === undefined) throw missing(path.name);
      return this.#end(response, 200, { "content-length": sizeOf(entry) });
    }
    if (method === "DELETE") {
      this.#found.delete(labelOf(path));
      if (!(await client.remove(path.name, signal))) throw missing(path.name);
      return this.#end(response, 200);
    }
    if (method !== "GET" && method !== "POST") throw notSo(method);
    const leave = await this.#places.take(signal);
    try {
      if (method === "GET") return await this.#send(path, client, request, response, signal);
      checkPostedSize(request);
      const onOctets = (octets: number): void => void (this.posted += octets);
      const octets = readPostedFile({ request, id: path.id, time: this.#options.time, onOctets });
      await client.put(path.name, octets, { signal });
      this.#end(response, 200);
    } finally {
      leave();
    }
  }

  async #send(
    path: FilePath,
    client: StoreClient,
    { headers }: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const entry = await this.#find(path, client, signal);
    const size = sizeOf(entry);
    const range = readByteRange(headers.range, size);
    if (range === "none") return this.#end(response, 416, { "content-range": `bytes */${size}` });
    const part = range === "whole" ? { first: 0, last: size - 1 } : range;
    const octets = this.shards.read(client, entry, part, signal)[Symbol.asyncIterator]();
    try {
      // A fault of the first octets can still be said.
      let next = size === 0 ? undefined : await octets.next();
      const status = range === "whole" ? 200 : 206;
      this.#count(status);
      response.writeHead(status, {
        ...COMMON,
        "content-type": "application/octet-stream",
        "content-length": part.last + 1 - part.first,
        "accept-ranges": "bytes",
        ...(range === "whole" ? {} : { "content-range": `bytes ${part.first}-${part.last}/${size}` }),
      });
      for (; next?.done === false; next = await octets.next()) {
        this.octets += next.value.length;
        if (!response.write(next.value)) await drained(response, signal);
      }
      response.end();
    } finally {
      await octets.return(undefined);
    }
  }

  /** Files have the hash of their octets for a name, but for the config: what was found a moment ago is so still. */
  async #find(path: FilePath, client: StoreClient, signal: AbortSignal): Promise<HeldEntry> {
    const label = labelOf(path);
    const now = this.#options.time.now();
    const known = path.id === undefined ? undefined : this.#found.get(label);
    if (known !== undefined && now - known.at < FOUND_KEPT_MS) return known.entry;
    const entry = await client.find(path.name, signal);
    if (entry === undefined) throw missing(path.name);
    this.#found.put(label, { entry, at: now });
    return entry;
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (response.destroyed) return;
    const known = isOperatorError(error) ? error : undefined;
    if (known === undefined && !this.#ending.signal.aborted)
      this.#log.error({ code: "ANSWER_FAILED", err: error }, "an answer failed");
    const code = known?.code ?? "ANSWER_FAILED";
    const status = statusOf(error);
    this.faults.set(code, (this.faults.get(code) ?? 0) + 1);
    if (status >= 500 || status === 403) {
      const { method, url } = response.req;
      const fields = { code: "RESTIC_REFUSED", reason: code, method, path: url };
      this.#log.warn(fields, known?.message ?? "an answer failed", "", code);
    }
    if (response.headersSent) return void response.destroy();
    const headers = {
      ...(status === 503 ? { "retry-after": RETRY_AFTER_S } : {}),
      ...(status === 401 ? { "www-authenticate": 'Basic realm="store-flor"' } : {}),
      "content-type": "text/plain; charset=utf-8",
    };
    this.#end(response, status, headers, `${code}: ${known?.message ?? "see the log of store-flor"}\n`);
  }

  #end(response: ServerResponse, status: number, headers: Record<string, string | number> = {}, text = ""): void {
    this.#count(status);
    // A body that nobody has read may be of any size: the connection ends, and the body with it.
    const end = response.req.complete ? {} : { connection: "close" };
    response.writeHead(status, { ...COMMON, "content-length": Buffer.byteLength(text), ...headers, ...end });
    response.end(response.req.method === "HEAD" ? undefined : text);
  }

  #count(status: number): void {
    this.#answers.set(String(status), (this.#answers.get(String(status)) ?? 0) + 1);
  }
}

const COMMON = { "x-content-type-options": "nosniff" };

/** Browsers say which page asks, by `origin` (Fetch Standard) and by `sec-fetch-site`: no page is a program that has a repository here. */
function isOfPage({ origin, "sec-fetch-site": site = "none" }: IncomingMessage["headers"]): boolean {
  return origin !== undefined || site !== "none";
}

function labelOf({ collection: { scope, name: collection }, name }: FilePath): string {
  return `${scope}/${collection}/${name}`;
}

function missing(name: string): GatewayRefusal {
  return new GatewayRefusal(404, "ERR_STORE_REQUEST", `there is no ${name}`);
}

function notSo(method = ""): GatewayRefusal {
  return new GatewayRefusal(405, "ERR_STORE_REQUEST", `restic does not ask so: ${method}`);
}

function statusOf(error: unknown): number {
  if (error instanceof GatewayRefusal) return error.status;
  return error instanceof HolderError ? STATUS_OF[error.code] : 500;
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, "drain", { signal: AbortSignal.any([signal, AbortSignal.timeout(STILL_MS)]) });
}
