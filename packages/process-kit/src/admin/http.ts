import type http from "node:http";

/** Node's HTTP. What `import` would run along with it, a client of WebSockets that nobody needs, costs every start 40 ms. */
const node: typeof http = process.getBuiltinModule("node:http");

export const createServer: typeof http.createServer = node.createServer;
export const request: typeof http.request = node.request;
