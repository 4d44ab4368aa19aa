import type { Socket } from "node:net";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";
import { PROXY_HEADER_MS } from "../limits.ts";

/**
 * Reads the header that comes before all else of a connection, and then leaves the connection to `take`, with what has come behind it. A connection
 * without the header ends: that of a look at the target closes by itself.
 */
export function readPrincipal(socket: Socket, take: (header: ProxyHeader) => void, refuse: () => void): void {
  let octets: Buffer = Buffer.of();
  const end = (): void => {
    clearTimeout(timer);
    socket.destroy();
  };
  const timer = setTimeout(end, PROXY_HEADER_MS);
  const listen = (chunk: Buffer): void => {
    octets = Buffer.concat([octets, chunk]);
    const header = readProxyHeader(octets);
    if (header === "more") return;
    clearTimeout(timer);
    if (header === "wrong") {
      refuse();
      return end();
    }
    socket.off("data", listen).off("end", end).pause();
    const rest = octets.subarray(header.size);
    if (rest.length > 0) socket.unshift(rest);
    take(header);
    // Node's HTTP reads from the system's socket: what was put back is read once the connection flows.
    socket.resume();
  };
  socket
    .on("error", end)
    .on("data", listen)
    .once("end", end)
    .once("close", () => clearTimeout(timer));
}
