// With service.ts behind the tunnel: opens COUNT connections, prints "ready", and holds them until its input ends.
//   idle      has had one byte echoed over each
//   no-read   has read the first bytes of an endless stream, and reads no more
//   no-write  writes to a service that does not read, until no more is taken
// Prints {"lost":n} when it ends: the number of connections that were closed before.
// Usage: hold.ts HOST PORT COUNT idle|no-read|no-write
import { connect, type Socket } from "node:net";

const PARALLEL = 500;
const CHUNK = Buffer.alloc(65_536, 0x77);
const commands = { idle: "ex", "no-read": "f", "no-write": "s" };

const [host, port, count, kind] = process.argv.slice(2) as [string, string, string, keyof typeof commands];
const sockets: Socket[] = [];
let ready = 0;
let lost = 0;

for (let lane = 0; lane < Math.min(PARALLEL, Number(count)); lane += 1) openNext();
process.stdin.on("end", () => {
  process.stdout.write(JSON.stringify({ lost }));
  for (const socket of sockets) {
    socket.removeAllListeners("close");
    // A service that does not read would never see a clean end.
    if (kind === "idle") socket.destroy();
    else socket.resetAndDestroy();
  }
});
process.stdin.resume();

function openNext(): void {
  if (sockets.length === Number(count)) return;
  const socket = connect({ host, port: Number(port), noDelay: true }, () => socket.write(commands[kind]));
  sockets.push(socket);
  socket.on("error", () => {});
  socket.once("close", () => (lost += 1));
  if (kind === "no-write") {
    socket.once("connect", () => {
      const send = (): void => {
        while (!socket.destroyed && socket.write(CHUNK));
      };
      socket.on("drain", send);
      send();
      arrive();
    });
  } else {
    socket.once("data", () => {
      if (kind === "no-read") socket.pause();
      arrive();
    });
  }
}

function arrive(): void {
  ready += 1;
  if (ready === Number(count)) process.stdout.write("ready\n");
  openNext();
}
