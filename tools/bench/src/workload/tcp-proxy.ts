// A plain proxy, which opens a connection for each one that comes in. Usage: tcp-proxy.js HOST PORT TO_HOST TO_PORT
import { connect, createServer } from "node:net";

const [host, port, toHost, toPort] = process.argv.slice(2);
const server = createServer({ noDelay: true, allowHalfOpen: true }, (incoming) => {
  const outgoing = connect({ host: toHost!, port: Number(toPort), noDelay: true, allowHalfOpen: true });
  incoming.pipe(outgoing).pipe(incoming);
  for (const [one, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    one.on("error", () => other.destroy());
  }
});
server.listen(Number(port), host);
