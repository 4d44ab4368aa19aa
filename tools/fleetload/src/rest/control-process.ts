import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FabricLab, type Lab, programArguments } from "@florenetes/meshlab";

export const CONTROL_SERVICE = "control-api";

/** The control API beside the agent of a node. */
export class ControlProcess {
  readonly #lab: Lab;
  readonly #node: string;
  readonly #file: string;
  #child: ChildProcess | undefined;

  constructor(lab: Lab, node: string) {
    this.#lab = lab;
    this.#node = node;
    this.#file = join(folderOf(lab, node), "control-flor.yaml");
  }

  /** The socket at which the API takes connections. */
  static socketOf(lab: Lab, node: string): string {
    return join(folderOf(lab, node), "api.sock");
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(fabric: FabricLab): void {
    const folder = folderOf(this.#lab, this.#node);
    const config = {
      cluster: this.#lab.mesh.cluster,
      admin: join(folder, "control-admin.sock"),
      control: join(folder, "control-control.sock"),
      agent: fabric.adminOf(this.#node),
      state: join(folder, "control"),
      listen: ControlProcess.socketOf(this.#lab, this.#node),
      service: CONTROL_SERVICE,
      readers: [{ principals: ["user/alice"], organizations: "all", propose: true }],
    };
    writeFileSync(this.#file, JSON.stringify(config));
    const log = openSync(join(folder, "control-flor.log"), "a", 0o640);
    const argv = [process.execPath, "--disable-sigusr1", ...programArguments("control-flor"), "run", "--config"];
    this.#child = this.#lab.spawn(this.#node, [...argv, this.#file], { stdio: ["ignore", log, log] });
    closeSync(log);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

function folderOf(lab: Lab, node: string): string {
  return dirname(lab.configFile(node, "cluster-flor"));
}
