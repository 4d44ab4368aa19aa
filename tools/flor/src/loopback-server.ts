/** An HTTP server for browsers of this machine, which bounds what one of them can take. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

const HOST = "127.0.0.1";
/** Connections of browsers at a time. One more ends the oldest that is not kept: a browser makes six, and makes them anew. */
export const BROWSERS_AT_ONCE = 64;
/** Octets of the headers of a request. */
export const REQUEST_SIZE_MAX = 16_384;
/** For how long a browser may take for its request. */
const REQUEST_MS_MAX = 10_000;
/** For how long a connection may be still. */
const STILL_MS_MAX = 30_000;
/** The interval at which connections are checked that take too long over their request. */
const LOOK_MS = 1_000;

export interface LoopbackServer extends AsyncDisposable {
  /** The address of the first page, with its port. */
  readonly address: string;
}

/**
 * @param hosts the names under which the server is asked: a page of another host, whose name leads to this machine, has another one
 * @param keep has the connection make room for another one only when all are kept
 */
type Answer = (request: IncomingMessage, response: ServerResponse, hosts: readonly string[], keep: () => void) => void;

/** Listens at a port of the loopback address; 0: any that is free. Rejects with the system's error. */
export async function openLoopbackServer(answer: Answer, listenPort = 0): Promise<LoopbackServer> {
  const server = createServer({
    requestTimeout: REQUEST_MS_MAX,
    headersTimeout: REQUEST_MS_MAX,
    connectionsCheckingInterval: LOOK_MS,
    maxHeaderSize: REQUEST_SIZE_MAX,
  });
  const sockets = new Set<Socket>();
  const kept = new WeakSet<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (sockets.size <= BROWSERS_AT_ONCE) return;
    const oldest = [...sockets].find((each) => !kept.has(each)) ?? [...sockets][0]!;
    oldest.destroy();
  });
  server.setTimeout(STILL_MS_MAX);
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(listenPort, HOST, () => done());
  });
  // Running out of file descriptors must not end the process: the browser is not served.
  server.on("error", () => {});
  const { port } = server.address() as AddressInfo;
  const hosts = [`${HOST}:${port}`, `localhost:${port}`];
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.on("error", () => {});
    answer(request, response, hosts, () => void kept.add(request.socket));
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
