// Makes requests without an end, each over a connection of its own: 64 bytes, which come back. A request begins every EVERY-MS; 64 at
// most wait at once. Prints a line for each request: when it began (ms since the machine started), and how long it took in ms, or -1
// when it came to nothing within 5 s. Usage: honest-client.js HOST PORT EVERY-MS [SIZE]
// With SIZE it asks nothing, and is done when so many bytes have come.
import { connect } from "node:net";

const GIVEN_UP_MS = 5_000;
const AT_ONCE_MAX = 64;
const message = Buffer.alloc(64, 0x61);

const [host, port, everyMs, size] = process.argv.slice(2);
const wanted = Number(size ?? message.length);
let waiting = 0;

setInterval(() => {
  if (waiting < AT_ONCE_MAX) request();
}, Number(everyMs));

function request(): void {
  const began = now();
  let received = 0;
  waiting += 1;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => {
    if (size === undefined) socket.write(message);
  });
  let tookMs = -1;
  socket.setTimeout(GIVEN_UP_MS, () => socket.destroy());
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received < wanted || tookMs >= 0) return;
    tookMs = now() - began;
    if (size === undefined) socket.end();
    else socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.once("close", () => {
    waiting -= 1;
    process.stdout.write(`${began.toFixed(1)} ${tookMs.toFixed(2)}\n`);
  });
}

/** Milliseconds since the machine started: the same clock in every process. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
