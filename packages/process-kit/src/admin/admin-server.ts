import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { visibleJson, OperatorError } from "@florenetes/operator-text";
import { AdminClients } from "./admin-clients.ts";
import { peerCredentials, setSocketFile, type SocketOwner } from "@florenetes/native";
import { AdminAnswer, AdminText } from "./admin-text.ts";
import { createServer } from "./http.ts";
import { readBody } from "./read-body.ts";
import { ADMIN_BODY_SIZE_MAX, ADMIN_REQUEST_MS_MAX, ADMIN_STILL_MS_MAX } from "../limits.ts";
import { freeStreamSocketPath } from "../filesystem/socket-path.ts";

const ADMIN_MODE = 0o660;
/** The interval at which clients are checked that take too long over their request. */
const ADMIN_LOOK_MS = 5_000;

/**
 * Answers one route, from the part of the request behind the `?`. A string is sent as plain text, an AdminText with its own type, anything else as
 * JSON; an AdminAnswer has a status of its own.
 */
export type AdminRoute = (query: URLSearchParams) => unknown;

/** The input that a client sends with an action. */
export interface AdminOrder {
  /** The body, UTF-8: "" without one. */
  readonly text: string;
  /** The part behind the `?`. */
  readonly query: URLSearchParams;
}

/** Performs an action, and answers as a route does. */
export type AdminAction = (order: AdminOrder) => unknown;

export interface AdminServerOptions {
  /** Path of the socket; at most 107 bytes. */
  readonly path: string;
  /** Mode of the socket: who may ask. Default: 0660. */
  readonly mode?: number;
  /** User and group that own the socket's file; default: those of the process. */
  readonly owner?: SocketOwner | undefined;
  /** Numbers of the users and groups whose processes are answered, whomever the mode lets in; default: all whom it lets in. */
  readonly allow?: { readonly users: readonly number[]; readonly groups: readonly number[] } | undefined;
  /** Routes of `GET` by their path, such as `/status`. */
  readonly routes: Readonly<Record<string, AdminRoute>>;
  /** Routes of `POST`, which make the process do something. One path may have a route and an action. */
  readonly actions?: Readonly<Record<string, AdminAction>>;
  /** Answers requests that want to change something, and are no action; without it they get a 404 or a 405. */
  readonly refuseChange?: (() => AdminAnswer) | undefined;
  /** Called when a route throws, which is a mistake of the program. The client gets a 500, the process goes on. */
  readonly onError?: (route: string, error: unknown) => void;
}

export interface AdminServer extends AsyncDisposable {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Opens an admin socket: HTTP with JSON over a Unix stream socket. Routes answer questions, actions change the process; no byte
 * of a workload goes through it.
 *
 * @throws OperatorError `ERR_SOCKET_…`: path too long, directory missing or closed to this process, another instance   there
 */
export async function openAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { path } = options;
  await freeStreamSocketPath(path);
  const server = createServer({
    requestTimeout: ADMIN_REQUEST_MS_MAX,
    headersTimeout: ADMIN_REQUEST_MS_MAX,
    connectionsCheckingInterval: ADMIN_LOOK_MS,
  });
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
  await listen(server, options);
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { path, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, { path, mode = ADMIN_MODE, owner }: AdminServerOptions): Promise<void> {
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
      // Running out of file descriptors must not end the process: the client is not served.
      server.on("error", () => {});
      try {
        setSocketFile(path, mode, owner);
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
  const stranger = strangerOf(options, request.socket);
  if (stranger !== undefined) return send(response, 403, { code: "DENIED", message: stranger });
  const [route = "", query] = (request.url ?? "").split("?");
  const { routes, actions = {} } = options;
  const ask = Object.hasOwn(routes, route) ? routes[route] : undefined;
  const act = Object.hasOwn(actions, route) ? actions[route] : undefined;
  const isAction = request.method === "POST" && act !== undefined;
  if (!isAction && !READING.has(request.method ?? "") && options.refuseChange !== undefined)
    return sendAnswer(response, options.refuseChange());
  if (ask === undefined && act === undefined) {
    const known = [...new Set(Object.keys({ ...routes, ...actions }))];
    return send(response, 404, { code: "ROUTE", message: "unknown route", routes: known });
  }
  if (!isAction && (request.method !== "GET" || ask === undefined)) {
    const methods = [...(ask ? ["GET"] : []), ...(act ? ["POST"] : [])].join(" and ");
    return send(response, 405, { code: "METHOD", message: `only ${methods} is answered here` });
  }
  try {
    const parameters = new URLSearchParams(query);
    if (!isAction) return sendAnswer(response, await ask!(parameters));
    const text = await readBody(request, ADMIN_BODY_SIZE_MAX);
    if (text === undefined) return refuseBody(response);
    sendAnswer(response, await act({ text, query: parameters }));
  } catch (error) {
    // A client that has gone gets no answer.
    if (request.destroyed && !request.complete) return;
    // The mistake is the client's.
    if (error instanceof OperatorError) {
      return send(response, 400, { code: error.code, message: error.message, advice: error.advice });
    }
    options.onError?.(route, error);
    send(response, 500, { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) });
  }
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** A text for people about a process that is not answered, by its user; undefined: it is answered. */
function strangerOf({ allow }: AdminServerOptions, socket: Socket): string | undefined {
  if (allow === undefined) return undefined;
  const who = peerCredentials(socket);
  if (who === undefined) return "the system does not say whose process this is";
  const isAllowed = allow.users.includes(who.uid) || who.groups.some((group) => allow.groups.includes(group));
  return isAllowed ? undefined : `process ${who.pid} of user ${who.uid} may not ask here`;
}

/** The connection ends with the answer, without a wait for the rest of the body. */
function refuseBody(response: ServerResponse): void {
  response.setHeader("connection", "close");
  send(response, 413, { code: "SIZE", message: `a body has at most ${ADMIN_BODY_SIZE_MAX} bytes` });
}

function sendAnswer(response: ServerResponse, answer: unknown): void {
  if (answer instanceof AdminAnswer) send(response, answer.status, answer.body);
  else send(response, 200, answer);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const { text, contentType } = textOf(body);
  response.setTimeout(ADMIN_STILL_MS_MAX, () => response.destroy());
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function textOf(body: unknown): AdminText {
  if (body instanceof AdminText) return body;
  if (typeof body === "string") return new AdminText(body, "text/plain; charset=utf-8");
  return new AdminText(`${visibleJson(JSON.stringify(body))}\n`, "application/json");
}
