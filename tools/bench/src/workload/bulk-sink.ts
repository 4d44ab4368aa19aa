// Takes whatever comes over each connection. When the input ends, prints for each connection, in their order, what came in each 10 ms:
// [[at by the machine's clock in ms, bytes], …], and ends. Usage: bulk-sink.js HOST PORT
import { createServer } from "node:net";

const STEP_MS = 10;

const [host, port] = process.argv.slice(2);
const connections: [number, number][][] = [];
const server = createServer((socket) => {
  const arrivals: [number, number][] = [];
  connections.push(arrivals);
  socket.on("data", ({ length }) => {
    const at = Math.floor(Number(process.hrtime.bigint()) / 1e6 / STEP_MS) * STEP_MS;
    const last = arrivals.at(-1);
    if (last?.[0] === at) last[1] += length;
    else arrivals.push([at, length]);
  });
  socket.on("error", () => socket.destroy());
});
server.listen(Number(port), host, () => process.stdout.write("ready\n"));
process.stdin.resume().on("end", () => process.stdout.write(JSON.stringify(connections), () => process.exit()));
