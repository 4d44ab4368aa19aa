import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** An HTTP proxy that serves only CONNECT, and that can be closed to everybody. */
export class HttpProxy implements Disposable {
  /** The addresses that the proxy was asked to connect to. */
  readonly targets: string[] = [];
  /** Whether the proxy answers every request with 403. */
  isClosed = false;
  readonly #server = createServer();

  static async start(): Promise<HttpProxy> {
    const proxy = new HttpProxy();
    proxy.#server.on("connect", ({ url = "" }, client, head) => {
      proxy.targets.push(url);
      client.on("error", () => client.destroy());
      if (proxy.isClosed) {
        client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        return;
      }
      const [host, port] = url.split(":");
      const target = connect({ host: host!, port: Number(port) }, () => {
        client.write("HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n");
        target.write(head);
        target.pipe(client).pipe(target);
      });
      target.on("error", () => client.destroy());
      client.on("close", () => target.destroy());
    });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
