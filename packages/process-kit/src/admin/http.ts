import type http from "node:http";

/** Node's HTTP, without what `import` would run along with it: a client of WebSockets, which costs every start 40 ms. */
const node: typeof http = process.getBuiltinModule("node:http");

export const createServer: typeof http.createServer = node.createServer;
export const request: typeof http.request = node.request;
