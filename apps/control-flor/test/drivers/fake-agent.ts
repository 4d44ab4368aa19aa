/** An agent's admin socket, with the answers that a test wants. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";

/** Writes an answer for a path, as `/facts?kind=node`. */
export type Answers = (url: string, response: ServerResponse) => void;

export class FakeAgent implements AsyncDisposable {
  /** Paths that were asked, in their order. */
  readonly asked: string[] = [];
  answers: Answers;
  readonly #server: Server;

  private constructor(answers: Answers) {
    this.answers = answers;
    this.#server = createServer(({ url = "" }, response) => {
      this.asked.push(url);
      response.on("error", () => undefined);
      this.answers(url, response);
    });
  }

  static async open(path: string, answers: Answers): Promise<FakeAgent> {
    const agent = new FakeAgent(answers);
    agent.#server.listen(path);
    await once(agent.#server, "listening");
    return agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Answers as an agent does that does not know the question. */
export function refuse(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ code: "ROUTE", message: "unknown route", routes: ["/status"] }));
}

/** Answers with JSON, by the path without its cursor; what has no entry is not found. */
export function tell(told: Readonly<Record<string, unknown>>): Answers {
  return (url, response) => {
    const answer = told[url];
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  };
}
