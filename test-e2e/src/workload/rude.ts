// With service.ts behind the tunnel: opens connections one after the other, has the service send on each without end, and resets it in the
// middle; for SECONDS. Prints {"resets":n}. Usage: rude.ts HOST PORT SECONDS
import { connect } from "node:net";

const PAUSE_MS = 100;

const [host, port, seconds] = process.argv.slice(2);
const endsAt = performance.now() + 1000 * Number(seconds);
let resets = 0;
openNext();

function openNext(): void {
  if (performance.now() >= endsAt) {
    process.stdout.write(JSON.stringify({ resets }));
    return;
  }
  const socket = connect({ host: host!, port: Number(port) }, () => socket.write("f"));
  socket.on("error", () => socket.destroy());
  socket.once("data", () => {
    resets += 1;
    socket.resetAndDestroy();
  });
  socket.on("close", () => setTimeout(openNext, PAUSE_MS));
}
