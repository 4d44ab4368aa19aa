import type { EtcdCluster } from "@florenetes/facts/testing";
import type { FabricLab, Lab } from "@florenetes/meshlab";
import type { Fault } from "../../fault.ts";

/** Makes faults in a mesh with control agents, and mends them. */
export class FabricStriker {
  readonly #lab: Lab;
  readonly #fabric: FabricLab;
  readonly #etcd: EtcdCluster | undefined;

  /** @param etcd Needed for faults of its members */
  constructor(lab: Lab, fabric: FabricLab, etcd?: EtcdCluster) {
    this.#lab = lab;
    this.#fabric = fabric;
    this.#etcd = etcd;
  }

  async strike({ kind, target }: Fault): Promise<void> {
    if (target.on === "link") return this.#lab.linkDown(...target.between);
    if (target.on === "member") return this.#etcd!.end(target.member);
    if (target.on === "agents") {
      await Promise.all(target.nodes.map((node) => this.#fabric.kill(node)));
    } else if (target.on === "process") {
      await this.#lab.kill(target.node, target.process, kind === "leave" ? "SIGTERM" : "SIGKILL");
    } else if (target.on === "node") {
      const { node } = target;
      if (kind === "freeze") return this.#signal(node, "SIGSTOP");
      const ended = this.#lab.processNames(node).map((name) => this.#lab.kill(node, name));
      await Promise.all([this.#fabric.kill(node), ...ended]);
    }
  }

  async mend({ kind, target }: Fault): Promise<void> {
    if (target.on === "link") return this.#lab.linkUp(...target.between);
    if (target.on === "member") this.#etcd!.begin(target.member);
    else if (target.on === "agents") for (const node of target.nodes) this.#fabric.start(node);
    else if (target.on === "process") this.#lab.start(target.node, target.process);
    else if (target.on === "node") {
      const { node } = target;
      if (kind === "freeze") return this.#signal(node, "SIGCONT");
      for (const name of this.#lab.processNames(node)) this.#lab.start(node, name);
      this.#fabric.start(node);
    }
  }

  async #signal(node: string, signal: NodeJS.Signals): Promise<void> {
    process.kill(this.#fabric.pidOf(node)!, signal);
    await Promise.all(this.#lab.processNames(node).map((name) => this.#lab.kill(node, name, signal)));
  }
}
