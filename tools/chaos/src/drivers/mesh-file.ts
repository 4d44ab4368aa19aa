import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bringConfigs,
  configPlaces,
  type Lab,
  linksOf,
  type NodeCommands,
  nodesOf,
  onNode,
  programArguments,
} from "@florenetes/meshlab";
import { APPLY_MS_MAX } from "../limits.ts";
import { type Layout, uses } from "../mesh.ts";
import type { Workload } from "../workload.ts";

/** The mesh file of a lab, as an operator would have it, and its configs. */
export class MeshFile {
  readonly #lab: Lab;
  readonly #workloads: readonly Workload[];
  readonly #folder: string;
  #layout: Layout = 0;

  private constructor(lab: Lab, workloads: readonly Workload[], folder: string) {
    this.#lab = lab;
    this.#workloads = workloads;
    this.#folder = folder;
  }

  /** Renders the mesh file, and gives the nodes their configs. No node runs yet. */
  static async open(lab: Lab, workloads: readonly Workload[]): Promise<MeshFile> {
    const folder = join(lab.folder, "mesh");
    mkdirSync(folder, { mode: 0o700 });
    const own = [process.execPath, "--disable-sigusr1"];
    const commands: NodeCommands = {
      programs: {
        "link-flor": [...own, ...programArguments("link-flor")],
        "cluster-flor": [...own, ...programArguments("cluster-flor")],
      },
      configs: Object.fromEntries(lab.nodeNames.map((node) => [node, configPlaces(lab, node)])),
      deaf: [],
    };
    writeFileSync(join(folder, "nodes.json"), JSON.stringify(commands));
    const file = new MeshFile(lab, workloads, folder);
    file.#write();
    await file.#flor(["mesh", "render", file.#path("mesh.yaml"), "--out", file.#path("rendered")]);
    for (const node of lab.nodeNames) bringConfigs(lab, node, join(file.#path("rendered"), node));
    return file;
  }

  /** Leads each workload of a over its other path, by `flor mesh apply`. @throws Error with the output of the command */
  async applyOther(): Promise<void> {
    this.#layout = this.#layout === 0 ? 1 : 0;
    this.#write();
    const via = `${onNode().join(" ")} ${this.#path("nodes.json")} {node}`;
    await this.#flor(["mesh", "apply", this.#path("mesh.yaml"), "--out", this.#path("rendered"), "--via", via]);
  }

  #write(): void {
    const { cluster } = this.#lab.mesh;
    const mesh = {
      cluster,
      nodes: nodesOf(this.#lab),
      links: linksOf(this.#lab),
      ...uses(this.#workloads, this.#layout),
    };
    writeFileSync(this.#path("mesh.yaml"), JSON.stringify(mesh));
  }

  /** Runs flor on a, from where it reaches all nodes by files. */
  async #flor(args: readonly string[]): Promise<void> {
    const argv = [process.execPath, ...programArguments("flor"), ...args];
    const { code, stdout, stderr } = await this.#lab.exec("a", argv, { timeoutMs: APPLY_MS_MAX });
    if (code !== 0) throw new Error(`flor ${args.slice(0, 2).join(" ")} ended with ${code}: ${stderr || stdout}`);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}
