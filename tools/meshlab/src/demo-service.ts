import { createServer } from "node:http";
import { sendStream } from "./demo-stream.ts";
import { print } from "./terminal.ts";

/** A client may ask for so many bytes: `/bytes/64000000`. */
const BYTES = /^\/bytes\/(\d{1,9})$/;

/** Runs the web server of the demo, which says who it is and where it runs. Never resolves. */
export async function runDemoService(host: string, port: number, node: string): Promise<never> {
  const server = createServer((request, response) => {
    const size = BYTES.exec(request.url ?? "")?.[1];
    if (size !== undefined) return sendStream(response, Number(size));
    const body = `Hello from node ${node}, process ${process.pid}: you asked for ${request.url ?? "/"}.\n`;
    response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
    return response.end(body);
  });
  const { promise, reject } = Promise.withResolvers<never>();
  server.once("error", reject);
  server.listen(port, host, () => print("listening"));
  return promise;
}
