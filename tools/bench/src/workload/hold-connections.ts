// Opens COUNT connections, has one byte echoed over each, prints "ready", and holds them until it is killed.
// Usage: hold-connections.js HOST PORT COUNT
import { connect } from "node:net";

/** Connections that are opened at a time: no more than a listener's backlog takes. */
const LANES = 64;

const [host, port, count] = process.argv.slice(2);
let opened = 0;
let ready = 0;

for (let lane = 0; lane < LANES; lane += 1) openNext();

function openNext(): void {
  if (opened === Number(count)) return;
  const index = opened++;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write("x"));
  socket.once("data", () => {
    ready += 1;
    if (ready === Number(count)) process.stdout.write("ready\n");
    else openNext();
  });
  socket.on("error", (error) => fail(index, error.message));
  socket.on("end", () => fail(index, "it was ended"));
}

function fail(index: number, reason: string): void {
  process.stderr.write(`connection ${index}: ${reason}\n`);
  process.exit(1);
}
