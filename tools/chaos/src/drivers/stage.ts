import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { now, type ServerPlace } from "@florenetes/workloads";
import type { Witness } from "../ledger.ts";
import { COMMAND_MS_MAX, SERVER_MS_MAX } from "../limits.ts";

const POLL_MS = 50;
/** Characters of a program's complaints that are kept. */
const COMPLAINT_MAX = 300;

/** The mesh as workloads have it: clients at a and n, servers at d. */
export class Stage implements ServerPlace {
  readonly lab: Lab;
  readonly folder: string;
  /** Aborted when workloads shall come to their end. */
  readonly ending: AbortSignal;

  private constructor(lab: Lab, folder: string, ending: AbortSignal) {
    this.lab = lab;
    this.folder = folder;
    this.ending = ending;
  }

  /** Makes the folder of the workloads' files, which goes with the lab. */
  static async open(lab: Lab, ending: AbortSignal): Promise<Stage> {
    const folder = join(lab.folder, "workloads");
    await mkdir(folder, { mode: 0o755 });
    // Servers that run as users of their own pass through the lab's folder. What is secret in it has modes of its own.
    await chmod(lab.folder, 0o711);
    return new Stage(lab, folder, ending);
  }

  async prepare(...argv: readonly string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await this.lab.exec("d", argv, { timeoutMs: COMMAND_MS_MAX });
    if (code === 0) return stdout;
    throw new Error(`"${argv.join(" ")}" ended with ${signal ?? code}: ${complaint(stderr || stdout)}`);
  }

  async serve(port: number, argv: readonly string[]): Promise<ChildProcess> {
    const server = this.lab.spawn("d", argv, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    server.stderr!.on("data", (bytes: Buffer) => (said = complaint(said + bytes.toString())));
    const deadline = now() + SERVER_MS_MAX;
    while ((await this.prepare("ss", "-ltnH", `sport = :${port}`)) === "") {
      if (server.exitCode !== null) throw new Error(`"${argv.join(" ")}" ended with ${server.exitCode}: ${said}`);
      if (now() > deadline) throw new Error(`"${argv.join(" ")}" does not listen at port ${port}`);
      await sleep(POLL_MS);
    }
    return server;
  }

  /** Does something again and again until workloads shall end. */
  async repeat(pauseMs: number, turn: () => Promise<void>): Promise<void> {
    while (!this.ending.aborted) {
      await turn();
      await sleep(pauseMs, undefined, { signal: this.ending }).catch(() => {});
    }
  }

  /** Runs a client to its end. One that fails, or does not end, is a connection lost. @returns its output, if it succeeded */
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

function complaint(text: string): string {
  return text.trim().slice(-COMPLAINT_MAX);
}
