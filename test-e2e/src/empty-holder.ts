/** A holder that says that it has taken all, and keeps nothing. */
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createSocket, type Server, type Socket } from "node:net";
import { rmSync } from "node:fs";
import type { Answer, HeldEntry, Question, TalkName } from "@florenetes/blobs";
import { RECOVERY_EPOCH_HEADER, readQuestionHead, writeAnswer, writeRefusal } from "@florenetes/blobs/wire";
import { readPrincipal } from "@florenetes/process-kit";

export class EmptyHolder implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #http: HttpServer = createServer((request, response) => {
    // Whoever asks may go at any time, and may ask what nobody reads.
    this.#answer(request, response).catch(() => response.destroy());
  });
  readonly #server: Server;
  /** Questions by their kind. */
  readonly asked: Map<TalkName, number> = new Map();

  private constructor() {
    this.#server = createSocket((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
      readPrincipal(
        socket,
        () => this.#http.emit("connection", socket),
        () => undefined,
      );
    });
  }

  /** @param path the socket of the holder in whose place it is */
  static async open(path: string): Promise<EmptyHolder> {
    const holder = new EmptyHolder();
    rmSync(path, { force: true });
    await new Promise<void>((done) => holder.#server.listen(path, done));
    return holder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const head = readQuestionHead(request.method ?? "", request.url ?? "", request.headers[RECOVERY_EPOCH_HEADER]);
    this.asked.set(head.op, (this.asked.get(head.op) ?? 0) + 1);
    const answer = emptyAnswer(head.read(Buffer.concat(chunks)));
    const { status, headers, body } =
      answer === undefined
        ? writeRefusal({ code: "ERR_STORAGE_MISSING", message: "it is not here" })
        : writeAnswer(head.op, answer);
    response.writeHead(status, { ...headers, "content-length": body.length });
    response.end(body);
  }
}

function emptyAnswer(question: Question): Answer | undefined {
  switch (question.op) {
    case "put-shard":
      return { isNew: true };
    case "have-shards":
      return { has: question.hashes.map(() => true) };
    case "challenge":
      return { digests: question.hashes.map(() => "0".repeat(64)) };
    case "put-entry":
      return { entry: { ...question.entry, written: Date.now(), by: "user/alice" } satisfies HeldEntry };
    case "get-entry":
      return { entry: null };
    case "list-entries":
      return { entries: [], next: null };
    case "list-changes":
      return { book: "0", entries: [], last: 0, isAll: true };
    case "get-state":
      return { node: "f", book: "0", last: 0, objects: 0, octets: 0, held: 0, isShut: false };
    default:
      return undefined;
  }
}
