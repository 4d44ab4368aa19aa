import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type tls from "node:tls";
import type { HostPort } from "@florenetes/config-file";
import { OperatorError } from "@florenetes/operator-text";
import { AdminClients } from "../admin/admin-clients.ts";
import type { AdminText } from "../admin/admin-text.ts";
import { createServer, createTlsServer } from "../admin/http.ts";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { METRICS_REQUEST_MS_MAX, METRICS_REQUEST_SIZE_MAX, METRICS_STILL_MS_MAX } from "../limits.ts";

/** The interval at which clients are checked that take too long over their request. */
const LOOK_MS = 5_000;
const ROUTE = "/metrics";

export interface MetricsServerOptions {
  readonly address: HostPort;
  /** Undefined: in plain HTTP. */
  readonly tls: tls.TlsOptions | undefined;
  readonly answer: () => Promise<AdminText>;
  /** Told of a mistake of the program. The client gets a 500. */
  readonly onError: (error: unknown) => void;
}

export interface MetricsServer extends AsyncDisposable {
  /** Shows new clients another certificate, and asks for certificates of other CAs. */
  setTls(tls: tls.TlsOptions): void;
}

/**
 * Answers `GET /metrics` at a TCP address, and nothing else. A connection carries one request, so that its place is free
 * again soon.
 *
 * @throws OperatorError `ERR_METRICS_LISTEN`
 */
export async function openMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const bounds = {
    requestTimeout: METRICS_REQUEST_MS_MAX,
    headersTimeout: METRICS_REQUEST_MS_MAX,
    connectionsCheckingInterval: LOOK_MS,
    maxHeaderSize: METRICS_REQUEST_SIZE_MAX,
  };
  const { tls } = options;
  const secure =
    tls === undefined ? undefined : createTlsServer({ ...bounds, handshakeTimeout: METRICS_REQUEST_MS_MAX, ...tls });
  const server: Server = secure ?? createServer(bounds);
  server.maxRequestsPerSocket = 1;
  const sockets = boundSockets(server);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => void answer(options, request, response));
  await listen(server, options.address);
  return {
    setTls: (next) => secure?.setSecureContext(next),
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Bounds the connections: one that has not brought its request in a moment makes room for the next one. A socket of TLS has
 * another socket below it, and both have the same far end.
 */
function boundSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  const byFarEnd = new Map<string, Socket>();
  const clients = new AdminClients<string>();
  server.on("connection", (socket: Socket) => {
    const farEnd = farEndOf(socket);
    sockets.add(socket);
    byFarEnd.set(farEnd, socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (byFarEnd.get(farEnd) !== socket) return;
      byFarEnd.delete(farEnd);
      clients.handleGone(farEnd);
    });
    const leaving = clients.handleConnected(farEnd, performance.now());
    if (leaving !== undefined) byFarEnd.get(leaving)?.destroy();
  });
  server.on("request", ({ socket }: IncomingMessage) => clients.handleAsked(farEndOf(socket)));
  return sockets;
}

function farEndOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function listen(server: Server, { host, port }: HostPort): Promise<void> {
  return new Promise((done, fail) => {
    const refuse = (error: Error): void => {
      const code: ProcessKitErrorCode = "ERR_METRICS_LISTEN";
      const message = `${host} port ${port} cannot be listened on: ${error.message}`;
      fail(new OperatorError(code, message, { advice: "Free the address, or choose another port.", cause: error }));
    };
    server.once("error", refuse);
    server.listen({ host, port }, () => {
      server.removeListener("error", refuse);
      // Running out of file descriptors must not end the process: the client is not served.
      server.on("error", () => {});
      done();
    });
  });
}

async function answer(
  options: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  response.setTimeout(METRICS_STILL_MS_MAX, () => response.destroy());
  const [route] = (request.url ?? "").split("?");
  if (route !== ROUTE) return send(response, 404, `only ${ROUTE} is answered here\n`);
  if (request.method !== "GET") return send(response.setHeader("allow", "GET"), 405, "only GET is answered here\n");
  try {
    const { text, contentType } = await options.answer();
    send(response, 200, text, contentType);
  } catch (error) {
    options.onError(error);
    send(response, 500, "the answer failed: see the log\n");
  }
}

function send(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text), connection: "close" });
  response.end(text);
}
