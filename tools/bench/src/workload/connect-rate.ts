// Opens connections, has 64 bytes echoed over each, closes it; PARALLEL at once for SECONDS. Prints {"done":n,"seconds":s}.
// Usage: connect-rate.js HOST PORT PARALLEL SECONDS
import { connect } from "node:net";

const [host, port, parallel, seconds] = process.argv.slice(2);
const message = Buffer.alloc(64, 0x61);
const startedAt = performance.now();
const endsAt = startedAt + Number(seconds) * 1000;
let done = 0;

await Promise.all(Array.from({ length: Number(parallel) }, openMany));
process.stdout.write(JSON.stringify({ done, seconds: (performance.now() - startedAt) / 1000 }));

async function openMany(): Promise<void> {
  while (performance.now() < endsAt) if (await isEchoed()) done += 1;
}

function isEchoed(): Promise<boolean> {
  let received = 0;
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write(message));
  socket.on("data", (bytes) => {
    received += bytes.length;
    if (received === message.length) socket.end();
  });
  socket.on("error", () => socket.destroy());
  return new Promise((resolve) => socket.once("close", () => resolve(received === message.length)));
}
