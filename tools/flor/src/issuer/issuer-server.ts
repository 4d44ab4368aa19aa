/** The HTTPS server of an issuer: gives the core what nodes have shown and asked for, and tells its answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { IdentityError, readCertificatePem } from "@florenetes/identity";
import type { IssuerErrorCode, RenewalWish } from "@florenetes/identity/authority";
import { NODE_MS_MAX, NODES_AT_ONCE, REQUEST_SIZE_MAX } from "./limits.ts";

export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
  /** The roots by which nodes choose the certificate that they show. */
  readonly ca: string;
}

/** An answer to a node: a chain or lists in PEM, or the reason why there are none. Nothing: the question itself is answered with yes. */
export type IssuerAnswer =
  | { readonly chain?: string; readonly lists?: string }
  | { readonly code: IssuerErrorCode; readonly text: string };

export interface IssuerServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly identity: ServerIdentity;
  /** `POST /renew` */
  readonly renew: (wish: RenewalWish) => IssuerAnswer;
  /** `POST /check`: whether whoever asks would be let in. */
  readonly check: (wish: Pick<RenewalWish, "chain">) => IssuerAnswer;
  /** `POST /lists`: the revocation lists, for whoever would be let in. */
  readonly lists: (wish: Pick<RenewalWish, "chain">) => IssuerAnswer;
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
  server.maxConnections = NODES_AT_ONCE;
  // Strangers cannot make the log grow: what a handshake did not prove is left without a word.
  server.on("tlsClientError", () => undefined);
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("request", (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
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

async function answer(request: IncomingMessage, response: ServerResponse, options: IssuerServerOptions): Promise<void> {
  const { url, method } = request;
  const handle = handlerOf(url, options);
  if (handle === undefined) return send(response, 404, {});
  if (method !== "POST") return send(response, 405, {});
  const text = await readText(request);
  if (text === undefined) return send(response, 413, {});
  const wish = readWish(text, (request.socket as TLSSocket).getPeerCertificate().raw);
  if (wish === undefined) return send(response, 403, { code: "ERR_ISSUER_REQUEST", text: "this is no request" });
  const said = handle(wish);
  send(response, "code" in said ? 403 : 200, said);
}

function handlerOf(
  url: string | undefined,
  { renew, check, lists }: IssuerServerOptions,
): IssuerServerOptions["renew"] | undefined {
  return url === "/renew" ? renew : url === "/check" ? check : url === "/lists" ? lists : undefined;
}

/**
 * Reads `{"chain": …, "request": …}`, both in PEM. Of the chain only the CAs count: the leaf is the one whose key the handshake has
 * proven. (Node tells a server no more than that one, depending on its version.) Undefined: it is something else.
 */
function readWish(text: string, leaf: Uint8Array | undefined): RenewalWish | undefined {
  try {
    const { chain, request } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    if (typeof chain !== "string" || typeof request !== "string") return undefined;
    return { chain: leaf === undefined ? [] : [Uint8Array.from(leaf), ...readCertificatePem(chain).slice(1)], request };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof IdentityError) return undefined;
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
function send(response: ServerResponse, status: number, body: IssuerAnswer): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}
