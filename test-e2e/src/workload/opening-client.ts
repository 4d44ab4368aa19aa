// Opens a connection to the steady service every 25 ms, asks for a byte, and closes the connection when the byte has come. Usage:
// opening-client.ts HOST PORT COUNT
// Prints `{"outcome":"answered","ms":<since it was opened>}` for each connection that is over, or another outcome: ECONNRESET, ended.
// COUNT 0: no end.
import { connect } from "node:net";
import { now } from "../monotonic-clock.ts";

const INTERVAL_MS = 25;

const [host, port, count] = process.argv.slice(2);
let left = Number(count) === 0 ? Number.POSITIVE_INFINITY : Number(count);

const timer = setInterval(() => {
  if (left-- > 0) open();
  else clearInterval(timer);
}, INTERVAL_MS);

function open(): void {
  const begin = now();
  let outcome = "ended";
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write("p?"));
  socket.on("data", () => {
    outcome = "answered";
    socket.destroy();
  });
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => (outcome = code));
  socket.on("close", () => process.stdout.write(`${JSON.stringify({ outcome, ms: now() - begin })}\n`));
}
