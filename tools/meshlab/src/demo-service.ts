import { createServer } from "node:http";
import { print } from "./terminal.ts";

/** Runs the web server of the demo, which says who it is and where it runs. Never resolves. */
export async function runDemoService(host: string, port: number, node: string): Promise<never> {
  const server = createServer((request, response) => {
    const body = `Hello from node ${node}, process ${process.pid}: you asked for ${request.url ?? "/"}.\n`;
    response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
  const { promise, reject } = Promise.withResolvers<never>();
  server.once("error", reject);
  server.listen(port, host, () => print("listening"));
  return promise;
}
