import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { requestAdmin } from "@florenetes/process-kit";
import { endChild, hasEnded } from "./child-process.ts";
import { programArguments } from "./executables.ts";
import type { Lab } from "./lab.ts";
import { LAB_ERRORS, labError } from "./lab-error.ts";
import { LOG_LINES_QUOTED } from "./limits.ts";
import { shortenLogLine } from "./log-line.ts";

/** The processes of vpn-flor on nodes of a lab, one each. */
export class VpnProcesses {
  readonly #lab: Lab;
  readonly #processes = new Map<string, ChildProcess>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** The nodes on which vpn-flor runs, or has ended by itself. */
  get nodes(): readonly string[] {
    return [...this.#processes.keys()];
  }

  /** Starts vpn-flor on a node with a section of its config. */
  start(node: string, section: string): void {
    const file = join(this.#folderOf(node), "vpn-flor.yaml");
    writeFileSync(file, `cluster: ${this.#lab.mesh.cluster}\nadmin: vpn-admin.sock\n${section}\n`);
    const argv = [process.execPath, "--disable-sigusr1", ...programArguments("vpn-flor"), "run", "--config", file];
    const log = openSync(this.logFile(node), "a", 0o640);
    this.#processes.set(node, this.#lab.spawn(node, argv, { stdio: ["ignore", log, log] }));
    closeSync(log);
  }

  /** Ends vpn-flor of a node. @throws OperatorError `ERR_LAB_TIMEOUT` */
  async end(node: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(node);
    this.#processes.delete(node);
    if (child !== undefined) await endChild(child, `vpn-flor of ${node}`, signal);
  }

  /** The status of vpn-flor on a node. Rejects with an OperatorError while it does not answer. */
  status(node: string): Promise<unknown> {
    return requestAdmin(join(this.#folderOf(node), "vpn-admin.sock"), "/status");
  }

  logFile(node: string): string {
    return join(this.#folderOf(node), "vpn-flor.log");
  }

  /** The log goes with the lab: its last lines are told. @throws OperatorError `ERR_LAB_PROCESS_DIED` */
  requireAlive(): void {
    for (const [node, child] of this.#processes) {
      if (!hasEnded(child)) continue;
      const lines = readFileSync(this.logFile(node), "utf8").trimEnd().split("\n").slice(-LOG_LINES_QUOTED);
      const quoted = lines.map((line) => `    ${shortenLogLine(line)}`).join("\n");
      const message = `vpn-flor of ${node} has ended; its last lines:\n${quoted}`;
      throw labError("ERR_LAB_PROCESS_DIED", message, LAB_ERRORS.ERR_LAB_PROCESS_DIED.advice);
    }
  }

  /** The folder of a node's configs and sockets. */
  #folderOf(node: string): string {
    return dirname(this.#lab.configFile(node, "cluster-flor"));
  }
}
