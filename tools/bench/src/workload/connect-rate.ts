// Opens connections, has 64 bytes echoed over each, closes it; PARALLEL at once for SECONDS. Prints {"done":n,"seconds":s}.
// Usage: connect-rate.js HOST PORT PARALLEL SECONDS
import { connect } from "node:net";

const [host, port, parallel, seconds] = process.argv.slice(2);
const message = Buffer.alloc(64, 0x61);
const startedAt = performance.now();
const endsAt = startedAt + Number(seconds) * 1000;
let done = 0;
let failed = 0;
let running = Number(parallel);

for (let lane = 0; lane < Number(parallel); lane += 1) openNext();

function openNext(): void {
  if (performance.now() >= endsAt) {
    running -= 1;
    if (running === 0) {
      process.stdout.write(JSON.stringify({ done, failed, seconds: (performance.now() - startedAt) / 1000 }));
    }
    return;
  }
  let received = 0;
  let isFinished = false;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write(message));
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received === message.length) socket.end();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    if (isFinished) return;
    isFinished = true;
    if (received === message.length) done += 1;
    else failed += 1;
    openNext();
  });
}
