// Opens COUNT connections, has one byte echoed over each, prints "ready", and holds them until its input ends.
// Usage: hold-connections.js HOST PORT COUNT
import { connect, type Socket } from "node:net";

/** Opened at a time: no more than a listener's backlog takes. */
const LANES = 64;

const [host, port, count] = process.argv.slice(2);
const sockets: Socket[] = [];
let ready = 0;

for (let lane = 0; lane < LANES; lane += 1) openNext();

function openNext(): void {
  const index = sockets.length;
  if (index === Number(count)) return;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write("x"));
  socket.once("data", () => {
    ready += 1;
    if (ready === Number(count)) process.stdout.write("ready\n");
    else openNext();
  });
  socket.on("error", (error) => fail(index, error.message));
  socket.on("end", () => fail(index, "it was ended"));
  sockets.push(socket);
}

function fail(index: number, reason: string): void {
  process.stderr.write(`connection ${index}: ${reason}\n`);
  process.exit(1);
}

process.stdin.on("end", () => {
  for (const socket of sockets) socket.removeAllListeners("end").destroy();
});
process.stdin.resume();
