// Echoes every byte. Usage: echo-server.js HOST PORT
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("data", (bytes) => socket.write(bytes));
  socket.on("end", () => socket.end());
  socket.on("error", () => socket.destroy());
});
server.listen(Number(port), host, () => process.stdout.write("ready\n"));
