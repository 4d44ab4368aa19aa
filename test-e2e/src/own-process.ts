/** A process of a lab's node that the test starts itself, to see how it ends. */
import type { ChildProcess } from "node:child_process";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { executable } from "./executables.ts";

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long the process took to end, from `since`. */
  readonly ms: number;
}

export class OwnProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>;
  stdout = "";
  stderr = "";

  /** @param entry words that become the program which follows them */
  constructor(
    lab: Lab,
    node: string,
    name: ProcessName | "vpn-flor" | "control-flor" | "store-flor",
    configFile: string,
    entry: readonly string[] = [],
  ) {
    this.child = lab.spawn(node, [...entry, ...executable(name), "run", "--config", configFile], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout!.on("data", (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr!.on("data", (text: Buffer) => (this.stderr += text.toString()));
    this.ended = new Promise((done) => {
      this.child.once("close", (code, signal) => done({ code, signal, at: performance.now() }));
    });
  }

  /** Starts a process in the place of the lab's own. */
  static async inPlaceOf(lab: Lab, node: string, name: ProcessName): Promise<OwnProcess> {
    await lab.kill(node, name);
    return new OwnProcess(lab, node, name, lab.configFile(node, name));
  }

  hasLogged(code: string): boolean {
    return this.stdout.includes(`"code":"${code}"`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal, and waits for the end. */
  async endBy(signal: NodeJS.Signals): Promise<Ending> {
    const start = performance.now();
    this.signal(signal);
    const { code, signal: by, at } = await this.ended;
    return { code, signal: by, ms: at - start };
  }
}
