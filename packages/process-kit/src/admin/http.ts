import type http from "node:http";
import type https from "node:https";

/** Node's HTTP, without what `import` would run along with it: a client of WebSockets, which costs every start 40 ms. */
const node: typeof http = process.getBuiltinModule("node:http");

export const createServer: typeof http.createServer = node.createServer;
/** The server of TLS, whose module no start loads that does not need it. */
export function createTlsServer(options: https.ServerOptions): https.Server {
  return process.getBuiltinModule("node:https").createServer(options);
}
export const request: typeof http.request = node.request;
