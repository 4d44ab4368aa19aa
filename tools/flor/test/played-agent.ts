import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { flor, type Run } from "./run-flor.ts";

/** The admin socket of an agent that says what a test has it say, and nothing else. It goes with the file's last test. */
export class PlayedAgent {
  /** Every question is answered with this, as JSON. */
  answer: unknown;
  /** The path of the last question. */
  asked: string | undefined;
  readonly folder: string;
  readonly #socket: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#socket = join(folder, "admin.sock");
  }

  /** Begins to answer; to be called outside of tests. */
  static async start(): Promise<PlayedAgent> {
    const agent = new PlayedAgent(mkdtempSync(join(tmpdir(), "florenetes-agent-")));
    const server = createServer((request, response) => {
      agent.asked = request.url;
      response.setHeader("content-type", "application/json").end(JSON.stringify(agent.answer));
    });
    await new Promise<void>((done) => void server.listen(agent.#socket, done));
    afterAll(() => {
      server.close();
      rmSync(agent.folder, { recursive: true, force: true });
    });
    return agent;
  }

  /** Runs `flor fabric` with some words, which asks this agent. */
  run(...words: readonly string[]): Promise<Run> {
    return this.runOf("fabric", ...words);
  }

  /** Runs `flor` with some words, which asks this agent. */
  runOf(...words: readonly string[]): Promise<Run> {
    return flor(...words, "--agent", this.#socket);
  }
}
