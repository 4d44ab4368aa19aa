import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { freePort } from "./free-port.ts";
import { askWho, startFileServer } from "./services.ts";

/** Nodes with control agents: a is linked to all others, b and c can host the HTTP service `web`, and a tunnel on a leads to it wherever it is. */
export class WebFabric implements AsyncDisposable {
  readonly lab: Lab;
  readonly fabric: FabricLab;
  readonly #port: number;

  private constructor(lab: Lab, fabric: FabricLab, port: number) {
    this.lab = lab;
    this.fabric = fabric;
    this.#port = port;
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
    await startFileServer(lab, "b", onB);
    await startFileServer(lab, "c", onC);
    await lab.up();
    await fabric.up();
    return new WebFabric(lab, fabric, port);
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
