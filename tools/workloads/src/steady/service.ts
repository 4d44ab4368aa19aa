// The service of steady connections. Usage: service.ts HOST PORT. The first byte of a connection names its mode:
//   p   every byte is echoed
//   d   bytes that are the same every time are sent, for as long as the client takes them
//   u   the same bytes are expected; each 16 KB of them are answered with a byte, anything else with the end
// Prints "ready", and `{"mode":"p","at":<ms>,"reason":"ECONNRESET"}` for every connection that ends, by a reset or otherwise.
import { createServer, type Socket } from "node:net";
import { now } from "../clock.ts";
import { ANSWERED_SIZE, KeyStream } from "./key-stream.ts";

const [host, port] = process.argv.slice(2);
const server = createServer({ noDelay: true }, (socket) => {
  let reason = "ended";
  socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => (reason = code));
  socket.once("data", (first) => {
    const mode = String.fromCharCode(first[0]!);
    socket.on("close", () => process.stdout.write(`${JSON.stringify({ mode, at: now(), reason })}\n`));
    const rest = first.subarray(1);
    if (mode === "d") sendSteadily(socket);
    else if (mode === "u") checkSteadily(socket, rest);
    else {
      socket.write(rest);
      socket.on("data", (bytes) => socket.write(bytes));
    }
  });
});
server.listen(Number(port), host, () => process.stdout.write("ready\n"));

function sendSteadily(socket: Socket): void {
  const contents = new KeyStream();
  const fill = (): void => {
    while (!socket.destroyed && socket.write(contents.next(ANSWERED_SIZE)));
  };
  socket.on("drain", fill);
  fill();
}

function checkSteadily(socket: Socket, rest: Buffer): void {
  const contents = new KeyStream();
  let count = 0;
  const check = (bytes: Buffer): void => {
    if (!bytes.equals(contents.next(bytes.length))) socket.resetAndDestroy();
    const answers = Math.floor((count + bytes.length) / ANSWERED_SIZE) - Math.floor(count / ANSWERED_SIZE);
    count += bytes.length;
    if (answers > 0) socket.write(Buffer.alloc(answers, "."));
  };
  if (rest.length > 0) check(rest);
  socket.on("data", check);
}
