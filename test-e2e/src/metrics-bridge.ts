import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { requestAdmin } from "@florenetes/process-kit";

/** Tells the metrics of a process that is in a network namespace of its own at a port of ours, by its admin socket. */
export class MetricsBridge implements Disposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param admin path of the process's admin socket. While nobody listens there, the answer is 503. */
  static async open(admin: string): Promise<MetricsBridge> {
    const server = createServer((_, response) => {
      requestAdmin(admin, "/metrics").then(
        (text) => response.setHeader("content-type", "text/plain; version=0.0.4").end(text),
        () => response.writeHead(503).end(),
      );
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new MetricsBridge(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
