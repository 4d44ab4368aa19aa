// A TCP service that does what the first byte of a connection says. Usage: service.ts HOST PORT
//   e   echoes everything that follows, as fast as it is read back, and ends when its client has ended
//   f   sends without end
//   s   reads nothing more
//   r   reads 4 MB a second; answers with the SHA-256 of what followed, hexadecimal
import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";

const CHUNK = Buffer.alloc(65_536, 0x66);
const TICK_MS = 20;
const BYTES_PER_TICK = 80_000;

const [host, port] = process.argv.slice(2);
const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  // A client that goes away in the middle is no concern of the service.
  socket.on("error", ignore);
  socket.once("readable", () => start(socket));
});
server.listen({ host, port: Number(port), backlog: 4_096 }, () => process.stdout.write("ready\n"));

function start(socket: Socket): void {
  const command = (socket.read(1) as Buffer | null)?.toString();
  if (command === "e") pipeline(socket, socket, ignore);
  else if (command === "f") flood(socket);
  else if (command === "r") readSlowly(socket);
  else if (command !== "s") socket.destroy();
}

function flood(socket: Socket): void {
  const send = (): void => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.on("drain", send);
  send();
}

function readSlowly(socket: Socket): void {
  const hash = createHash("sha256");
  const tick = setInterval(() => {
    for (let left = BYTES_PER_TICK; left > 0;) {
      const bytes = socket.read(Math.min(left, socket.readableLength)) as Buffer | null;
      if (bytes === null) return;
      hash.update(bytes);
      left -= bytes.length;
    }
  }, TICK_MS);
  socket.on("end", () => socket.end(hash.digest("hex")));
  socket.on("close", () => clearInterval(tick));
}

function ignore(): void {}
