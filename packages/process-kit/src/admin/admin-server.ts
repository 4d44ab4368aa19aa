import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { visibleJson } from "@florenetes/foreign-text";
import { AdminClients } from "./admin-clients.ts";
import { setSocketFile } from "@florenetes/native";
import { AdminText } from "./admin-text.ts";
import { OperatorError } from "@florenetes/operator-errors";
import { createServer } from "./http.ts";
import { ADMIN_REQUEST_MS_MAX } from "../limits.ts";
import { freeStreamSocketPath } from "../filesystem/socket-path.ts";

/** Answers one route. A string is sent as plain text, an AdminText as what it is, anything else as JSON. */
export type AdminRoute = () => unknown;

export interface AdminServerOptions {
  /** Path of the socket; at most 107 bytes. */
  readonly path: string;
  /** Routes of `GET` by their path, such as `/status`. */
  readonly routes: Readonly<Record<string, AdminRoute>>;
  /** Routes of `POST`, which make the process do something. A body is not read. */
  readonly actions?: Readonly<Record<string, AdminRoute>>;
  /** A route threw: a mistake of ours. The client gets a 500, the process goes on. */
  readonly onError?: (route: string, error: unknown) => void;
}

export interface AdminServer extends AsyncDisposable {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Opens the admin socket: HTTP with JSON over a Unix stream socket of mode 0660. It answers questions, and does what the actions
 * do; no byte of a workload goes through it.
 *
 * @throws OperatorError `ERR_SOCKET_…`: path too long, directory missing or closed to us, another instance there
 */
export async function openAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { path } = options;
  await freeStreamSocketPath(path);
  const server = createServer({ requestTimeout: ADMIN_REQUEST_MS_MAX, headersTimeout: ADMIN_REQUEST_MS_MAX });
  const clients = new AdminClients<Socket>();
  server.on("connection", (socket: Socket) => {
    clients.handleConnected(socket, performance.now())?.destroy();
    socket.once("close", () => clients.handleGone(socket));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    clients.handleAsked(socket);
    response.once("close", () => clients.handleAnswered(socket));
    void answer(options, request, response);
  });
  await listen(server, path);
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { path, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const isInUse = error.code === "EADDRINUSE";
      const code = isInUse ? "ERR_SOCKET_IN_USE" : "ERR_SOCKET_DENIED";
      const message = isInUse ? "another process listens there" : `cannot be opened: ${error.message}`;
      const advice = isInUse ? "Stop the other instance." : "See the message of the system.";
      fail(new OperatorError(code, message, { advice, where: { file: path }, cause: error }));
    };
    server.once("error", refuse);
    server.listen(path, () => {
      server.removeListener("error", refuse);
      // Running out of file descriptors must not end the process: the client is not served, that is all.
      server.on("error", () => {});
      try {
        setSocketFile(path, 0o660);
        done();
      } catch (error) {
        server.close();
        refuse(error as NodeJS.ErrnoException);
      }
    });
  });
}

async function answer(options: AdminServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on("error", () => {});
  const route = (request.url ?? "").split("?")[0] ?? "";
  const { routes, actions = {} } = options;
  const isAction = Object.hasOwn(actions, route);
  if (!isAction && !Object.hasOwn(routes, route)) {
    send(response, 404, { code: "ROUTE", message: "unknown route", routes: Object.keys({ ...routes, ...actions }) });
    return;
  }
  const method = isAction ? "POST" : "GET";
  if (request.method !== method) {
    send(response, 405, { code: "METHOD", message: `only ${method} is answered here` });
    return;
  }
  try {
    send(response, 200, await (isAction ? actions : routes)[route]!());
  } catch (error) {
    options.onError?.(route, error);
    send(response, 500, { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const { text, contentType } = textOf(body);
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function textOf(body: unknown): AdminText {
  if (body instanceof AdminText) return body;
  if (typeof body === "string") return new AdminText(body, "text/plain; charset=utf-8");
  return new AdminText(`${visibleJson(JSON.stringify(body))}\n`, "application/json");
}
