import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { freePort } from "./free-port.ts";
import { askWho, startFileServer } from "./services.ts";

/** Nodes with control agents: a is linked to all others, b and c can host the HTTP service `web`, and a tunnel on a leads to it wherever it is. */
export class WebFabric implements AsyncDisposable {
  readonly lab: Lab;
  readonly fabric: FabricLab;
  readonly #port: number;
  /** The ports of the hosts' programs. */
  readonly #targets: ReadonlyMap<string, number>;
  readonly #programs = new Map<string, ChildProcess>();

  private constructor(lab: Lab, fabric: FabricLab, port: number, targets: ReadonlyMap<string, number>) {
    this.lab = lab;
    this.fabric = fabric;
    this.#port = port;
    this.#targets = targets;
  }

  /** @param neighbours The nodes that a is linked to, among them b and c. */
  static async open(cluster: string, neighbours: readonly string[] = ["b", "c"]): Promise<WebFabric> {
    const [port, onB, onC] = [await freePort(), await freePort(), await freePort()];
    const lab = await openLab({
      cluster,
      nodes: Object.fromEntries(["a", ...neighbours].map((node) => [node, {}])),
      links: neighbours.map((node) => ({ between: ["a", node] })),
      services: {},
      tunnels: [],
    });
    const targets = { b: `tcp://127.0.0.1:${onB}`, c: `tcp://127.0.0.1:${onC}` };
    const fabric = FabricLab.prepare(lab, {
      services: { web: { allow: ["user/alice"], targets } },
      tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
    });
    const ports = new Map([
      ["b", onB],
      ["c", onC],
    ]);
    const web = new WebFabric(lab, fabric, port, ports);
    for (const host of ports.keys()) await web.startProgram(host);
    await lab.up();
    await fabric.up();
    return web;
  }

  /** Starts the program that serves on a host. */
  async startProgram(host: string): Promise<void> {
    this.#programs.set(host, await startFileServer(this.lab, host, this.#targets.get(host)!));
  }

  /** Kills the program that serves on a host; the host's vertex and agent live on. */
  async killProgram(host: string): Promise<void> {
    const program = this.#programs.get(host)!;
    program.kill("SIGKILL");
    await once(program, "exit");
  }

  /** The name of the host that answers at a's tunnel; empty when none does. */
  ask(): Promise<string> {
    return askWho(this.lab, "a", this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fabric[Symbol.asyncDispose]();
    await this.lab.down();
  }
}
