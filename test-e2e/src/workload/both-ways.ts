// With service.ts behind the tunnel: COUNT connections read a stream that has no end, and COUNT write one, until its input ends. Prints "ready" when all that read have had some bytes.
// Usage: both-ways.ts HOST PORT COUNT
import { connect, type Socket } from "node:net";

const CHUNK = Buffer.alloc(65_536, 0x77);
const [host, port, count] = process.argv.slice(2) as [string, string, string];
const sockets: Socket[] = [];
let reading = 0;

for (let left = Number(count); left > 0; left -= 1) {
  const reader = open("f");
  reader.once("data", () => {
    reading += 1;
    if (reading === Number(count)) process.stdout.write("ready\n");
  });
  reader.resume();
  const writer = open("r");
  const send = (): void => {
    while (!writer.destroyed && writer.write(CHUNK));
  };
  writer.on("drain", send);
  writer.once("connect", send);
}
process.stdin.on("end", () => {
  for (const socket of sockets) socket.resetAndDestroy();
});
process.stdin.resume();

function open(command: string): Socket {
  const socket = connect({ host, port: Number(port), noDelay: true }, () => socket.write(command));
  socket.on("error", () => {});
  sockets.push(socket);
  return socket;
}
