// Somebody who has nothing to do with the mesh: listens for datagrams at ports in a row, answers nothing, and prints a line for each datagram: the port and its size.
// Usage: victim.js ADDRESS FIRST-PORT PORTS
import { createSocket } from "node:dgram";

const [address, first, ports] = process.argv.slice(2);
let listening = 0;

for (let index = 0; index < Number(ports); index++) {
  const port = Number(first) + index;
  const socket = createSocket("udp4");
  socket.on("message", (datagram) => process.stdout.write(`${port} ${datagram.length}\n`));
  socket.bind(port, address, () => {
    listening += 1;
    if (listening === Number(ports)) process.stdout.write("ready\n");
  });
}
