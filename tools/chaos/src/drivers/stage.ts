import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { now, type ServerPlace } from "@florenetes/workloads";
import type { Witness } from "../ledger.ts";
import { COMMAND_MS_MAX, SERVER_MS_MAX } from "../limits.ts";

const POLL_MS = 50;
/** Characters of a program's error output that are kept. */
const COMPLAINT_MAX = 300;

/** The mesh as workloads see it: clients are at nodes of their own, servers at `host`. */
export class Stage implements ServerPlace {
  readonly lab: Lab;
  readonly folder: string;
  /** The node of the servers. */
  readonly host: string;
  /** Aborted when workloads shall come to their end. */
  readonly ending: AbortSignal;
  /** Words before those of a server, which lead it to another namespace than the node's. */
  readonly #within: readonly string[];

  private constructor(lab: Lab, folder: string, host: string, ending: AbortSignal, within: readonly string[]) {
    this.lab = lab;
    this.folder = folder;
    this.host = host;
    this.ending = ending;
    this.#within = within;
  }

  /** Makes the folder for the workloads' files. It is removed with the lab. */
  static async open(lab: Lab, host: string, ending: AbortSignal, within: readonly string[] = []): Promise<Stage> {
    const folder = join(lab.folder, "workloads");
    await mkdir(folder, { mode: 0o755 });
    // Servers that run as users of their own need to pass through the lab's folder. Secret files in it have modes of their own.
    await chmod(lab.folder, 0o711);
    return new Stage(lab, folder, host, ending, within);
  }

  async prepare(...argv: readonly string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await this.lab.exec(this.host, [...this.#within, ...argv], {
      timeoutMs: COMMAND_MS_MAX,
    });
    if (code === 0) return stdout;
    throw new Error(`"${argv.join(" ")}" ended with ${signal ?? code}: ${complaint(stderr || stdout)}`);
  }

  /** Starts a program where servers are. */
  spawn(argv: readonly string[], stdio: StdioOptions): ChildProcess {
    return this.lab.spawn(this.host, [...this.#within, ...argv], { stdio });
  }

  async serve(port: number, argv: readonly string[], protocol: "tcp" | "udp" = "tcp"): Promise<ChildProcess> {
    const server = this.spawn(argv, ["ignore", "ignore", "pipe"]);
    let said = "";
    server.stderr!.on("data", (bytes: Buffer) => (said = complaint(said + bytes.toString())));
    const deadline = now() + SERVER_MS_MAX;
    while ((await this.prepare("ss", "-lnH", `--${protocol}`, `sport = :${port}`)) === "") {
      if (server.exitCode !== null) throw new Error(`"${argv.join(" ")}" ended with ${server.exitCode}: ${said}`);
      if (now() > deadline) throw new Error(`"${argv.join(" ")}" does not listen at port ${port}`);
      await sleep(POLL_MS);
    }
    return server;
  }

  /** Calls `turn` again and again until workloads have to end. */
  async repeat(pauseMs: number, turn: () => Promise<void>): Promise<void> {
    while (!this.ending.aborted) {
      await turn();
      await sleep(pauseMs, undefined, { signal: this.ending }).catch(() => {});
    }
  }

  /** Runs a client to its end. A client that fails, or does not end, is a lost connection. @returns its output, if it succeeded */
  async attempt(
    witness: Witness,
    node: string,
    argv: readonly string[],
    timeoutMs: number = COMMAND_MS_MAX,
  ): Promise<string | undefined> {
    const from = now();
    const failed = (text: string): void => witness.lost({ from, to: now(), text: `"${argv.join(" ")}" ${text}` });
    try {
      const { code, signal, stdout, stderr } = await this.lab.exec(node, argv, { timeoutMs });
      if (code === 0) return stdout;
      failed(`ended with ${signal ?? code}: ${complaint(stderr || stdout)}`);
    } catch (error) {
      failed(complaint((error as Error).message));
    }
    return undefined;
  }
}

/** The last words of a program that complains. */
export function complaint(text: string): string {
  return text.trim().slice(-COMPLAINT_MAX);
}
