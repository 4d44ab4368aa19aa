// Opens COUNT connections, has one byte echoed over each, prints "ready", and holds them until its input ends.
// Usage: hold-connections.js HOST PORT COUNT
import { connect, type Socket } from "node:net";

const [host, port, count] = process.argv.slice(2);
const sockets: Socket[] = [];
let ready = 0;

for (let index = 0; index < Number(count); index += 1) {
  const socket = connect({ host: host!, port: Number(port), noDelay: true }, () => socket.write("x"));
  socket.once("data", () => {
    ready += 1;
    if (ready === Number(count)) process.stdout.write("ready\n");
  });
  socket.on("error", (error) => {
    process.stderr.write(`connection ${index}: ${error.message}\n`);
    process.exit(1);
  });
  sockets.push(socket);
}
process.stdin.on("end", () => {
  for (const socket of sockets) socket.destroy();
});
process.stdin.resume();
