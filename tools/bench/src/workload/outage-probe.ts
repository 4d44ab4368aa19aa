// Round trips of 64 bytes every 5 ms over one connection, until its input ends. Prints {"longestGapMs":n,"lost":null} or, when the
// connection was lost, {"longestGapMs":n,"lost":"ECONNRESET"}; a connection that hangs is told by its gap.
// Prints "ready" after the first round trip, and "again" after the first that ended after a line of input, or "lost". Usage: outage-probe.js HOST PORT
import { connect } from "node:net";

const MESSAGE_SIZE = 64;
const PAUSE_MS = 5;

const [host, port] = process.argv.slice(2);
const message = Buffer.alloc(MESSAGE_SIZE, 0x61);
let received = 0;
let lastAt = 0;
let longestGapMs = 0;
let isAwaited = false;
let lost: string | null = null;

const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write(message));
socket.on("data", (bytes) => {
  received += bytes.length;
  if (received < MESSAGE_SIZE) return;
  received = 0;
  if (lastAt === 0) process.stdout.write("ready\n");
  else noteGap();
  if (isAwaited) process.stdout.write("again\n");
  isAwaited = false;
  lastAt = performance.now();
  setTimeout(() => socket.write(message), PAUSE_MS);
});
socket.on("error", ({ code = "error" }: NodeJS.ErrnoException) => (lost = code));
socket.on("close", () => {
  lost ??= "closed";
  noteGap();
  process.stdout.write("lost\n");
});
process.stdin.on("end", () => {
  if (lost === null) noteGap();
  process.stdout.write(JSON.stringify({ longestGapMs, lost }));
  process.exit(0);
});
process.stdin.on("data", () => (isAwaited = true));

function noteGap(): void {
  longestGapMs = Math.max(longestGapMs, performance.now() - lastAt);
}
