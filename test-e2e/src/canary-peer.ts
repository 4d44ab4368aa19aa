// Both ends of a conversation that is easy to find in memory or on a wire. Usage: canary-peer.ts serve|call PORT SENT HEARD
//   Each side sends the bytes SENT (hexadecimal) again and again, and tells how often it has heard HEARD.
//   serve: prints "ready", then answers one connection after the other. call: prints the count, and ends.
import { connect, createServer, type Socket } from "node:net";

const [mode, port, sent = "", heard = ""] = process.argv.slice(2);
const TIMES = 2_000;
const mine = Buffer.from(sent, "hex");
const theirs = Buffer.from(heard, "hex");

function hear(socket: Socket, done: (count: number) => void): void {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => {
    const bytes = Buffer.concat(chunks);
    let count = 0;
    for (let at = 0; bytes.subarray(at, at + theirs.length).equals(theirs) && at < bytes.length; at += theirs.length) {
      count++;
    }
    done(count * theirs.length === bytes.length ? count : -1);
  });
}

const all = Buffer.concat(Array.from({ length: TIMES }, () => mine));
if (mode === "serve") {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    hear(socket, (count) => (count === TIMES ? socket.end(all) : socket.destroy()));
  });
  server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
} else {
  const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  hear(socket, (count) => process.stdout.write(`${count}\n`));
  socket.end(all);
}
