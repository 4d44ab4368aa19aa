// Tries connections until one has echoed 64 bytes, or WITHIN_MS are over. Prints the milliseconds that it took.
// Usage: first-echo.js HOST PORT WITHIN_MS
import { connect } from "node:net";

const TRY_MS_MAX = 1_000;
const PAUSE_MS = 20;

const [host, port, withinMs] = process.argv.slice(2);
const message = Buffer.alloc(64, 0x61);
const startedAt = performance.now();
attempt();

function attempt(): void {
  let received = 0;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write(message));
  const giveUp = setTimeout(() => socket.destroy(), TRY_MS_MAX);
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received === message.length) socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(giveUp);
    const elapsedMs = performance.now() - startedAt;
    if (received === message.length) process.stdout.write(JSON.stringify(elapsedMs));
    else if (elapsedMs < Number(withinMs)) setTimeout(attempt, PAUSE_MS);
    else {
      process.stderr.write(`nothing came back within ${withinMs} ms\n`);
      process.exitCode = 1;
    }
  });
}
