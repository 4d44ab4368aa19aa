/** The web server of the demo: `demo-service <host> <port> <node>`. It says who it is and where it runs. */
import { createServer } from "node:http";

const [host = "127.0.0.1", port = "0", node = "?"] = process.argv.slice(2);

const server = createServer((request, response) => {
  const body = `Hello from node ${node}, process ${process.pid}: you asked for ${request.url ?? "/"}.\n`;
  response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
  response.end(body);
});

server.listen(Number(port), host, () => {
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : Number(port);
  process.stdout.write(`listening ${bound}\n`);
});
