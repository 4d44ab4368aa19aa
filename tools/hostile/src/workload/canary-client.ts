// Sends a word over and over through one connection after the other, where an echo answers, and prints a line for each kilobyte that came back.
// Usage: canary-client.js HOST PORT WORD
import { connect } from "node:net";

const EVERY_MS = 20;
const AGAIN_MS = 200;
const SIZE = 1_024;
const [host, port, word = ""] = process.argv.slice(2);
const message = Buffer.alloc(SIZE, word);

send();

function send(): void {
  let received = 0;
  const socket = connect({ host: host!, port: Number(port), noDelay: true });
  const timer = setInterval(() => {
    if (socket.writable && !socket.writableNeedDrain) socket.write(message);
  }, EVERY_MS);
  socket.on("data", (bytes) => {
    for (received += bytes.length; received >= SIZE; received -= SIZE) process.stdout.write("echo\n");
  });
  socket.on("error", () => undefined);
  socket.once("close", () => {
    clearInterval(timer);
    setTimeout(send, AGAIN_MS);
  });
}
