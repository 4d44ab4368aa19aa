import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Changes an answer, or one event of a stream; undefined: it is held back. */
type Change = (text: string, path: string) => string | undefined;

/** A server before another one, in the place of a replica that somebody has captured: it answers as that one, but for what it changes. */
export class CapturedAnswers implements Disposable {
  change: Change = (text) => text;
  readonly #server = createServer((asked, response) => this.#answer(asked, response));
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<CapturedAnswers> {
    const captured = new CapturedAnswers(target);
    captured.#server.listen(0, "127.0.0.1");
    await once(captured.#server, "listening");
    return captured;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ url: path = "", method, headers }: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.#target;
    // Packed octets could not be changed.
    const own = { ...headers, "accept-encoding": "identity" };
    const asked = request({ hostname, port, path, method, headers: own }, (told) => {
      const { "content-length": _, ...rest } = told.headers;
      const isStream = rest["content-type"]?.startsWith("text/event-stream") === true;
      void this.#tell(
        told,
        isStream ? "\n\n" : undefined,
        path,
        response.writeHead(told.statusCode!, rest as OutgoingHttpHeaders),
      );
    });
    asked.on("error", () => response.destroy()).end();
    response.on("error", () => undefined).once("close", () => asked.destroy());
  }

  /** @param end of each event; undefined: the answer is one text */
  async #tell(told: IncomingMessage, end: string | undefined, path: string, response: ServerResponse): Promise<void> {
    let text = "";
    try {
      for await (const part of told.setEncoding("utf8")) {
        text += String(part);
        if (end === undefined) continue;
        const events = text.split(end);
        text = events.pop()!;
        for (const event of events) response.write(addEnd(this.change(event, path), end));
      }
      response.end(this.change(text, path));
    } catch {
      response.destroy();
    }
  }
}

function addEnd(event: string | undefined, end: string): string {
  return event === undefined ? "" : event + end;
}
