import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab, type Wire } from "@florenetes/meshlab";
import { killIfAlive, processesIn } from "../measures/namespace-processes.ts";
import { hasEnded, isSoon, run, type Running, start } from "../measures/programs.ts";
import { neighboursIn, type NodeName, nodesOver, type Place, transitsOf } from "../place.ts";
import { OUTAGE_MS } from "../system.ts";
import { outfitWires } from "../wires.ts";

/** Characters of a daemon's output that an error message holds. */
const SAID_LENGTH_MAX = 2_000;
const LISTENS_MS_MAX = 10_000;

export interface LineOptions {
  /** The nodes from a to d; those of the place when left out. */
  readonly nodes?: readonly NodeName[];
  /** Whether the nodes between a and d forward packets in the kernel, so that a reaches d. Default: they do not. */
  readonly forwards?: boolean;
  /** Further parts of the lab's mesh, besides nodes and links. */
  readonly mesh?: Pick<MeshFileInput, "services" | "tunnels" | "sessions">;
  /** Opens the lab. Default: this checkout's. */
  readonly openLab?: typeof openLab;
}

/** The namespaces and wires of a lab whose own processes do not run, and the daemons of a peer in their place. */
export class Line {
  readonly lab: Lab;
  /** The nodes from a to d. */
  readonly nodes: readonly NodeName[];
  readonly #forwards: boolean;
  /** Each wire joins a node to the one after it. */
  readonly #wires: readonly Wire[];
  /** Daemons, by node and name. */
  readonly #daemons = new Map<string, Running>();

  private constructor(lab: Lab, nodes: readonly NodeName[], forwards: boolean) {
    this.lab = lab;
    this.nodes = nodes;
    this.#forwards = forwards;
    this.#wires = neighboursIn(nodes).map(([left, right]) => lab.wire(left, right));
  }

  /** Needs root. */
  static async open(place: Place, options: LineOptions): Promise<Line> {
    const { nodes = nodesOver(place.links), forwards = false, mesh, openLab: open = openLab } = options;
    const rate = place.linkRate === undefined ? {} : { rate: place.linkRate };
    const links = neighboursIn(nodes).map((between) => ({ between, ...rate }));
    const named = Object.fromEntries(nodes.map((node) => [node, {}]));
    const lab = await open({ cluster: "bench", nodes: named, links, ...mesh }, { mode: "netns" });
    try {
      const line = new Line(lab, nodes, forwards);
      await outfitWires(lab, nodes, place);
      for (const node of forwards ? transitsOf(nodes) : [])
        await run(lab, node, ["sysctl", "-qw", "net.ipv4.ip_forward=1"], 0);
      for (const node of nodes) await line.#addRoutes(node);
      return line;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** Address of a node on the link towards the node before it (for a: towards the one after it). */
  address(node: NodeName): string {
    const position = this.nodes.indexOf(node);
    return position === 0 ? this.addressAfter(node) : this.#wires[position - 1]!.ends[1].address;
  }

  /** Address of a node on the link towards the node after it. The last node has none. */
  addressAfter(node: NodeName): string {
    return this.#wires[this.nodes.indexOf(node)]!.ends[0].address;
  }

  /** Starts a daemon, which stays in the foreground. @param name tells several of a node apart. */
  start(node: NodeName, name: string, argv: readonly string[]): void {
    this.#daemons.set(`${node} ${name}`, start(this.lab, node, argv));
  }

  /** The last words of daemons that have ended by themselves, one line each; undefined when all live. */
  deaths(): string | undefined {
    const dead = [...this.#daemons].filter(([, { child }]) => hasEnded(child));
    const words = dead.map(([name, daemon]) => `${name} ended: ${daemon.said().slice(-SAID_LENGTH_MAX).trim()}`);
    return words.length === 0 ? undefined : words.join("\n");
  }

  /** The daemons that were started, by node and name, and their processes. */
  daemons(): [name: string, pid: number][] {
    return [...this.#daemons].map(([name, { child }]) => [name, child.pid!]);
  }

  /** Processes on all nodes whose command begins with `command`, whoever started them: daemons, and their children. The keys are node,
   *  command and number. */
  processes(command: string): ReadonlyMap<string, number> {
    return new Map(this.nodes.flatMap((node) => [...this.#processesOn(node, command)]));
  }

  #processesOn(node: NodeName, command: string): Map<string, number> {
    const position = this.nodes.indexOf(node);
    const { namespace } = position === 0 ? this.#wires[0]!.ends[0] : this.#wires[position - 1]!.ends[1];
    return new Map(processesIn(namespace, command).map(({ name, pid }) => [`${node} ${name} ${pid}`, pid]));
  }

  /** Kills all processes on a node whose command begins with `command`, and waits until the daemons among them are gone. */
  async kill(node: NodeName, command = ""): Promise<void> {
    const struck = [...this.#daemons].filter(([name]) => name.startsWith(`${node} `));
    for (const [name] of struck) this.#daemons.delete(name);
    const ended = struck.filter(([, { child }]) => !hasEnded(child)).map(([, { child }]) => once(child, "exit"));
    for (const pid of this.#processesOn(node, command).values()) killIfAlive(pid);
    await Promise.all(ended);
  }

  /** Waits until all these TCP ports of a node are listened on. A peer that dials too early may dial again only a minute later. */
  async untilListens(node: NodeName, ...ports: readonly number[]): Promise<void> {
    const listens = async (): Promise<boolean> => {
      const listening = await run(this.lab, node, ["ss", "-Hltn"], 0);
      return ports.every((port) => listening.includes(`:${port} `));
    };
    if (await isSoon(listens, LISTENS_MS_MAX)) return;
    throw new Error(`nothing on ${node} listens on port ${ports.join(" and ")} after ${LISTENS_MS_MAX} ms`);
  }

  /** Takes the wire on b's far side away for a while. */
  async cut(): Promise<void> {
    const behind = this.nodes[this.nodes.indexOf("b") + 1]!;
    await this.lab.linkDown("b", behind);
    await sleep(OUTAGE_MS);
    await this.lab.linkUp("b", behind);
    // The kernel forgets the routes over a wire that is down.
    await this.#addRoutes("b");
  }

  /** If the kernel forwards, adds routes to each network that the node has no wire to. */
  async #addRoutes(node: NodeName): Promise<void> {
    const position = this.nodes.indexOf(node);
    for (const [index, { ends }] of this.#forwards ? this.#wires.entries() : []) {
      if (index === position || index === position - 1) continue;
      const via = index < position ? this.#wires[position - 1]!.ends[0] : this.#wires[position]!.ends[1];
      const network = `${ends[0].address.replace(/\d+$/, "0")}/30`;
      await run(this.lab, node, ["ip", "route", "replace", network, "via", via.address], 0);
    }
  }
}
