// Takes all connections at ports where nobody is to come. Prints "ready", and `{"port":9001,"bytes":<count>,"isFirst":true}` for whatever comes over one; `isFirst`: nothing has
// come over it before.
// Usage: decoy.ts HOST PORT…
import { once } from "node:events";
import { createServer } from "node:net";
import { tell } from "../tell.ts";

const [host, ...ports] = process.argv.slice(2);
for (const port of ports.map(Number)) {
  const server = createServer((socket) => {
    let isFirst = true;
    socket.on("error", () => {});
    socket.on("data", ({ length: bytes }) => {
      tell({ port, bytes, isFirst });
      isFirst = false;
    });
  });
  server.listen(port, host);
  await once(server, "listening");
}
process.stdout.write("ready\n");
