import { readFileSync, writeFileSync } from "node:fs";
import type { Lab } from "@florenetes/meshlab";
import type { Fault } from "../fault.ts";
import { setClock } from "./clocks.ts";
import { Disks } from "./disks.ts";
import { deliverList } from "./lists.ts";
import type { MeshFile } from "./mesh-file.ts";

/** The port of a spare tunnel on a. Adding it changes a config. */
const SPARE_PORT = 18_900;

/** Makes faults, and mends them. */
export class Striker {
  /** The number of the list that was delivered last; 0: none yet. */
  newestList = 0;
  readonly #lab: Lab;
  readonly #meshFile: MeshFile;
  /** Former texts of config files, by the number of the fault. */
  readonly #former = new Map<number, string>();
  readonly #disks: Disks;

  constructor(lab: Lab, meshFile: MeshFile) {
    this.#lab = lab;
    this.#meshFile = meshFile;
    this.#disks = new Disks(lab);
  }

  /** @throws Error when the product refuses what it should take */
  async strike({ number, kind, target }: Fault): Promise<void> {
    if (target.on === "link") {
      const [a, b] = target.between;
      if (kind === "cut") await this.#lab.linkDown(a, b);
      else if (kind === "rebind") await this.#lab.rebind(a, b);
      else await this.#lab.impair(a, b, target.harm ?? {});
      return;
    }
    if (target.on === "node") return this.#setWires(target.node, "down");
    if (target.on === "mesh") {
      if (kind === "apply") await this.#meshFile.applyOther();
      else this.newestList = deliverList(this.#lab);
      return;
    }
    if (target.on !== "process") return;
    const { node, process, shift = 0 } = target;
    switch (kind) {
      case "stop":
        return this.#lab.kill(node, process, "SIGSTOP");
      case "reload":
        return this.#lab.kill(node, process, "SIGHUP");
      case "change":
        return this.#change(number, node);
      case "disk":
        await this.#disks.fill(node, process);
        // Processes keep lists in their state. A list that cannot be kept must be in force all the same.
        this.newestList = deliverList(this.#lab);
        return;
      case "clock":
        return setClock(this.#lab, node, shift);
      default:
        return this.#lab.kill(node, process);
    }
  }

  async mend({ number, kind, target }: Fault): Promise<void> {
    if (target.on === "link") {
      const [a, b] = target.between;
      if (kind === "cut") await this.#lab.linkUp(a, b);
      else if (kind === "impair") await this.#lab.impair(a, b, {});
      return;
    }
    if (target.on === "node") return this.#setWires(target.node, "up");
    if (target.on !== "process") return;
    const { node, process } = target;
    switch (kind) {
      case "stop":
        return this.#lab.kill(node, process, "SIGCONT");
      case "change":
        return this.#changeBack(number, node);
      case "disk":
        return this.#disks.free(node, process);
      case "clock":
        return setClock(this.#lab, node, 0);
      case "kill":
      case "kill-end":
        return this.#lab.start(node, process);
      default:
    }
  }

  /** Sets all wires of a node at once, so that every connection with an end there is cut off. */
  async #setWires(node: string, state: "up" | "down"): Promise<void> {
    const links = this.#lab.mesh.links.filter(({ between }) => between.includes(node));
    const set = ([a, b]: readonly [string, string]): Promise<void> => {
      return state === "down" ? this.#lab.linkDown(a, b) : this.#lab.linkUp(a, b);
    };
    await Promise.all(links.map(({ between }) => set(between)));
  }

  /** Adds a tunnel to the config of a cluster vertex, and has it read by SIGHUP. */
  async #change(number: number, node: string): Promise<void> {
    const file = this.#lab.configFile(node, "cluster-flor");
    const former = readFileSync(file, "utf8");
    const changed = former.replace(/^( *- .*)tcp:\/\/127\.0\.0\.1:\d+(.*)$/m, `$&\n$1tcp://127.0.0.1:${SPARE_PORT}$2`);
    if (changed === former) throw new Error(`${file} has no tunnel that could be copied`);
    this.#former.set(number, former);
    writeFileSync(file, changed);
    await this.#lab.kill(node, "cluster-flor", "SIGHUP");
  }

  async #changeBack(number: number, node: string): Promise<void> {
    writeFileSync(this.#lab.configFile(node, "cluster-flor"), this.#former.get(number)!);
    await this.#lab.kill(node, "cluster-flor", "SIGHUP");
  }
}
