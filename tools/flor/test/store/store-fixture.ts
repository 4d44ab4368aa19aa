import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { CollectionTerms } from "@florenetes/blobs";
import { MemoryFleet } from "@florenetes/blobs/testing";
import { formatOperatorError } from "@florenetes/operator-text";
import { exitCodeOf } from "@florenetes/process-kit";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { Command } from "commander";
import { afterAll } from "vitest";
import { addStoreCommands } from "../../src/store/store-commands.ts";
import type { Run } from "../run-flor.ts";

export const identity: string = await generateIdentity();

/** Terms of the collection cluster/papers at five holders. */
export const TERMS: CollectionTerms = {
  scope: "cluster",
  name: "papers",
  epoch: 1,
  recoveryEpoch: 1,
  copies: 3,
  holders: ["a", "b", "c", "d", "e"].map((node) => ({ node, domain: `site-${node}` })),
  readers: ["user/bob"],
  writers: ["user/alice"],
  retention: 0,
  unretained: [],
  budget: 2 ** 30,
  recipients: [await identityToRecipient(identity)],
};

/** Five holders in memory, an agent that knows their collection, and a folder. All goes with the file's last test. */
export class StoreFixture {
  readonly folder: string = mkdtempSync(join(tmpdir(), "florenetes-store-"));
  readonly fleet: MemoryFleet;
  /** The answer of the agent. */
  collections: unknown;
  who = "user/alice";
  /** Is read as standard input. */
  input: Uint8Array = Buffer.alloc(0);
  /** Octets that the last command wrote to standard output, beside texts. */
  stdout: Buffer = Buffer.alloc(0);
  /** Whatever went to the terminal. */
  screen: string | undefined;

  private constructor(terms: CollectionTerms) {
    this.fleet = new MemoryFleet({ terms });
    this.collections = [terms];
  }

  /** Begins to answer; to be called outside of tests. */
  static async start(terms: CollectionTerms = TERMS): Promise<StoreFixture> {
    const fixture = new StoreFixture(terms);
    const server = createServer((request, response) => {
      const told = { cluster: "demo", node: "a", collections: fixture.collections };
      response.writeHead(request.url === "/collections" ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(told));
    });
    await new Promise<void>((done) => void server.listen(fixture.file("agent"), done));
    afterAll(() => {
      server.close();
      rmSync(fixture.folder, { recursive: true, force: true });
    });
    return fixture;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Runs `flor store` with some words, at this agent and these holders. */
  async run(command: string, ...words: readonly string[]): Promise<Run> {
    const out: string[] = [];
    const err: string[] = [];
    const output = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
    const stdout = new PassThrough();
    const octets: Buffer[] = [];
    stdout.on("data", (piece: Buffer) => void octets.push(piece));
    const screen = new PassThrough();
    screen.on("data", (piece: Buffer) => (this.screen = (this.screen ?? "") + piece.toString()));
    let code = 0;
    const program = new Command("flor").exitOverride().configureOutput({ writeErr: () => undefined });
    const world = {
      output,
      openDoor: () => ({ ...this.fleet.doorOf(this.who), [Symbol.dispose]: () => undefined }),
      input: only(this.input),
      stdout,
      progress: screen,
    };
    addStoreCommands(
      program,
      output,
      (exit) => (code = exit),
      async () => world,
    );
    const way = ["--tunnels", "/nowhere", "--agent", this.file("agent")];
    try {
      await program.parseAsync(["store", command, ...words, ...way], { from: "user" });
    } catch (error) {
      err.push(formatOperatorError(error));
      code = exitCodeOf(error);
    }
    this.stdout = Buffer.concat(octets);
    return { code, out: out.join("\n"), err: err.join("\n") };
  }
}

async function* only(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
