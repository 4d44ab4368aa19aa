/** The server of the site of the documents, for browsers of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { BROWSERS_AT_ONCE, REQUEST_MS_MAX, REQUEST_SIZE_MAX, STILL_MS_MAX } from "./limits.ts";
import { answerOf, type Site } from "./site-answers.ts";

const HOST = "127.0.0.1";
/** The interval at which connections are checked that take too long over their request. */
const LOOK_MS = 1_000;

export interface SiteServer extends AsyncDisposable {
  /** The address of the first page, with a port that was free. */
  readonly address: string;
}

/** Shows a site at a free port of the loopback address. */
export async function openSiteServer(site: Site): Promise<SiteServer> {
  const server = createServer({
    requestTimeout: REQUEST_MS_MAX,
    headersTimeout: REQUEST_MS_MAX,
    connectionsCheckingInterval: LOOK_MS,
    maxHeaderSize: REQUEST_SIZE_MAX,
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (sockets.size > BROWSERS_AT_ONCE) sockets.values().next().value!.destroy();
  });
  server.setTimeout(STILL_MS_MAX);
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(0, HOST, () => done());
  });
  // Running out of file descriptors must not end the process: the browser is not served.
  server.on("error", () => {});
  const { port } = server.address() as AddressInfo;
  const hosts = [`${HOST}:${port}`, `localhost:${port}`];
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: target = "" } = request;
    const { status, headers, body } = answerOf(site, hosts, { method, target, host: request.headers.host });
    response.on("error", () => {});
    response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
  });
  return {
    address: `http://${HOST}:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
