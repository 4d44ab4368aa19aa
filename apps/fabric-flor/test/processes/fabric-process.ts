import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestAdmin } from "@florenetes/process-kit";
import { untilReady } from "@florenetes/process-kit/testing";
import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";

/** The bundle that vitest.programs.ts has made. */
const main = join(process.env["FLORENETES_BUNDLES"]!, "fabric-flor", "main.js");

/** A real fabric-flor process, in a folder of its own with its config. */
export class FabricProcess {
  readonly folder: string = mkdtempSync(join(tmpdir(), "florenetes-fabric-"));
  readonly log: Record<string, unknown>[] = [];
  stderr = "";
  #child: ChildProcess | undefined;

  constructor(config: string) {
    for (const name of ["run", "cluster"]) mkdirSync(join(this.folder, name));
    this.configure(config);
  }

  configure(config: string): void {
    writeFileSync(join(this.folder, "fabric.yaml"), config);
  }

  /** Starts the process (again), and waits until it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [main, "run", "--config", join(this.folder, "fabric.yaml")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.on("data", (text) => (this.stderr += String(text)));
    await untilReady(child, this.log, () => this.stderr);
  }

  /** Runs a command of the program to its end. */
  command(...words: readonly string[]): {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  } {
    return spawnSync(process.execPath, [main, ...words, "--config", join(this.folder, "fabric.yaml")], {
      encoding: "utf8",
    });
  }

  async status(): Promise<FabricFlorStatus> {
    return (await requestAdmin(join(this.folder, "run/admin.sock"), "/status")) as FabricFlorStatus;
  }

  hangUp(): void {
    this.#child!.kill("SIGHUP");
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.removeAllListeners("close");
    child.kill(signal);
    await once(child, "exit");
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
