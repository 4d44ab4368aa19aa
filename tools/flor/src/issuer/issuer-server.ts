/** The HTTPS server of an issuer: gives the core what nodes have shown and asked for, and tells its answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { IdentityError, readCertificatePem } from "@florenetes/identity";
import type { EnrollmentWish, IssuerErrorCode, RenewalWish } from "@florenetes/identity/authority";
import { NODE_MS_MAX, NODES_AT_ONCE, REQUEST_SIZE_MAX } from "./limits.ts";

/**
 * The server's certificate and key. Roots (`ca`) are not among them: nodes know which certificate to show, and where Node verifies a chain with an
 * intermediate CA, it keeps some kilobytes of each connection for good (measured with Node 24.21).
 */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** An answer to a node: a chain or roots in PEM, or the reason why there are none. Nothing: the question itself is answered with yes. */
export type IssuerAnswer =
  | { readonly chain?: string; readonly roots?: string }
  | { readonly code: IssuerErrorCode; readonly text: string };

/** A question for lists. */
export interface ListsWish extends Pick<RenewalWish, "chain"> {
  /** SHA-256 of the lists that the node has; undefined: it waits for no others. */
  readonly known: string | undefined;
}

/** Answers a question: with these words, or a body in JSON that others get, too. */
export type Reply = (answer: IssuerAnswer | Buffer) => void;

export interface IssuerServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly identity: ServerIdentity;
  /** `POST /renew` */
  readonly renew: (wish: RenewalWish) => IssuerAnswer;
  /** `POST /renew-ended`, with a certificate that has ended. */
  readonly renewEnded: (wish: RenewalWish) => Promise<IssuerAnswer>;
  /** `POST /check`: whether whoever asks would be let in. */
  readonly check: (wish: Pick<RenewalWish, "chain">) => IssuerAnswer;
  /**
   * `POST /lists`: the revocation lists, for whoever would be let in. The reply may come later; then what is returned is called when the
   * connection ends.
   */
  readonly lists: (wish: ListsWish, reply: Reply) => (() => void) | undefined;
  /** `POST /roots`: the roots of the cluster in PEM, for everybody. A new node knows the right one by its token. */
  readonly roots: () => string;
  /** `POST /enroll`: the first certificate, for whoever shows a token. */
  readonly enroll: (wish: EnrollmentWish) => IssuerAnswer;
  readonly onFault: (error: unknown) => void;
}

/**
 * Listens. Whoever connects proves the key of a certificate, and the handlers judge its chain: the TLS library would refuse without a
 * word that both ends can read. Rejects with the error of the system.
 */
export async function openIssuerServer(options: IssuerServerOptions): Promise<Server> {
  const { listen, identity } = options;
  const server = createServer({
    ...identity,
    minVersion: "TLSv1.3",
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: NODE_MS_MAX,
    headersTimeout: NODE_MS_MAX,
    requestTimeout: NODE_MS_MAX,
    connectionsCheckingInterval: 1_000,
    keepAlive: false,
  });
  const places = new Places();
  server.on("connection", (socket) => places.admit(socket));
  // Strangers cannot make the log grow: what a handshake did not prove is left without a word.
  server.on("tlsClientError", () => undefined);
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("request", (request, response) => {
    answer(request, response, options, places).catch((error: unknown) => {
      options.onFault(error);
      send(response, 500, {});
    });
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(listen.port, listen.host, done);
  });
  return server;
}

/** Connections that are open, and those on which a question waits: all others together are few. */
class Places {
  #open = 0;
  #held = 0;

  admit(socket: Duplex): void {
    this.#open++;
    socket.once("close", () => this.#open--);
    if (this.#open - this.#held > NODES_AT_ONCE) socket.destroy();
  }

  /** A question waits on its connection, until that is over. */
  hold(response: ServerResponse, onClose: () => void): void {
    this.#held++;
    response.once("close", () => {
      this.#held--;
      onClose();
    });
  }
}

const PATHS: ReadonlySet<string | undefined> = new Set([
  "/renew",
  "/renew-ended",
  "/check",
  "/lists",
  "/roots",
  "/enroll",
]);
const NO_REQUEST = { code: "ERR_ISSUER_REQUEST", text: "this is no request" } as const;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: IssuerServerOptions,
  places: Places,
): Promise<void> {
  const { url, method } = request;
  if (!PATHS.has(url)) return send(response, 404, {});
  if (method !== "POST") return send(response, 405, {});
  const text = await readText(request);
  if (text === undefined) return send(response, 413, {});
  const reply: Reply = (said) => send(response, "code" in said ? 403 : 200, said);
  if (url === "/roots") return reply({ roots: options.roots() });
  if (url === "/enroll") {
    const wish = readEnrollment(text);
    return reply(wish === undefined ? NO_REQUEST : options.enroll(wish));
  }
  const wish = readWish(text, (request.socket as TLSSocket).getPeerCertificate().raw);
  if (wish === undefined) return reply(NO_REQUEST);
  if (url === "/renew-ended") return reply(await options.renewEnded(wish));
  if (url !== "/lists") return reply(url === "/renew" ? options.renew(wish) : options.check(wish));
  const onClose = options.lists(wish, reply);
  if (onClose !== undefined) places.hold(response, onClose);
}

/**
 * Reads `{"chain": …, "request": …}`, both in PEM, and `known`. Of the chain only the CAs count: the leaf is the one whose key the handshake has
 * proven. (Node tells a server no more than that one, depending on its version.) Undefined: it is something else.
 */
function readWish(text: string, leaf: Uint8Array | undefined): (RenewalWish & ListsWish) | undefined {
  try {
    const { chain, request, known } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    if (typeof chain !== "string" || typeof request !== "string") return undefined;
    const shown = leaf === undefined ? [] : [Uint8Array.from(leaf), ...readCertificatePem(chain).slice(1)];
    return { chain: shown, request, known: typeof known === "string" ? known : undefined };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof IdentityError) return undefined;
    throw error;
  }
}

/** Reads `{"secret": …, "request": …}`, in base64url and PEM. Undefined: it is something else. */
function readEnrollment(text: string): EnrollmentWish | undefined {
  try {
    const { secret, request } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    if (typeof secret !== "string" || typeof request !== "string") return undefined;
    return { secret: Uint8Array.from(Buffer.from(secret, "base64url")), request };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined: it is too long. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REQUEST_SIZE_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("latin1");
}

/** Each connection has one answer, so that nobody keeps one. */
function send(response: ServerResponse, status: number, body: IssuerAnswer | Buffer): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  // A node that is gone, or reads nothing, keeps its place no longer.
  response.socket?.setTimeout(NODE_MS_MAX, () => response.socket?.destroy());
}
