// The targets of a node's services, on two ports in a row: the first echoes every byte, the second never stops sending.
// Usage: targets.js HOST FIRST-PORT
import { createServer, type Socket } from "node:net";

const CHUNK = Buffer.alloc(65_536, 0x61);
const [host, port] = process.argv.slice(2);
const kinds: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.on("data", (bytes) => socket.write(bytes)),
  sendSteadily,
];
let listening = 0;

for (const [index, serve] of kinds.entries()) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  server.listen(Number(port) + index, host, () => {
    listening += 1;
    if (listening === kinds.length) process.stdout.write("ready\n");
  });
}

function sendSteadily(socket: Socket): void {
  const fill = (): void => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.on("drain", fill);
  fill();
}
