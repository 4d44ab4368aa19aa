// The service that honest requests go to: echoes every byte. Usage: echo-service.js HOST PORT
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => {
  socket.on("data", (bytes) => socket.write(bytes));
  socket.on("error", () => socket.destroy());
});
server.listen(Number(port), host, () => process.stdout.write("ready\n"));
