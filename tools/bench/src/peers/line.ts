import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, openLab, type Wire } from "@florenetes/meshlab";
import { hasEnded, isSoon, type Running, start } from "../measures/programs.ts";
import { neighboursIn, type NodeName, type Place, transitsOf } from "../place.ts";
import { OUTAGE_MS } from "../system.ts";
import { outfitWires } from "../wires/wires.ts";

/** Characters of a daemon's output that an error message holds. */
const SAID_LENGTH_MAX = 2_000;
const LISTENS_MS_MAX = 10_000;

/** The namespaces and wires of a lab whose own processes do not run, and the daemons of a peer in their place. */
export class Line {
  readonly lab: Lab;
  /** From a to d. */
  readonly nodes: readonly NodeName[];
  readonly #forwards: boolean;
  /** Each joins a node to the one after it. */
  readonly #wires: readonly Wire[];
  /** By node and name. */
  readonly #daemons = new Map<string, Running>();

  private constructor(lab: Lab, nodes: readonly NodeName[], forwards: boolean) {
    this.lab = lab;
    this.nodes = nodes;
    this.#forwards = forwards;
    this.#wires = neighboursIn(nodes).map(([left, right]) => lab.wire(left, right));
  }

  /** @param forwards Whether the nodes between a and d forward packets in the kernel, so that a reaches d. Needs root. */
  static async open(place: Place, nodes: readonly NodeName[], forwards: boolean): Promise<Line> {
    const links = neighboursIn(nodes).map((between) => ({ between }));
    const mesh = { cluster: "bench", nodes: Object.fromEntries(nodes.map((node) => [node, {}])), links };
    const lab = await openLab(mesh, { mode: "netns" });
    try {
      const line = new Line(lab, nodes, forwards);
      await outfitWires(lab, nodes, place);
      for (const node of forwards ? transitsOf(nodes) : []) line.run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      for (const node of nodes) line.#addRoutes(node);
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

  /** Address of a node on the link towards the node after it. Not for the last. */
  addressAfter(node: NodeName): string {
    return this.#wires[this.nodes.indexOf(node)]!.ends[0].address;
  }

  /** Runs a command on a node to its end; returns what it printed. Throws when it fails. */
  run(node: NodeName, ...argv: string[]): string {
    const [command, ...rest] = this.lab.commandIn(node, argv);
    return execFileSync(command!, rest, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  }

  /** Starts a daemon, which stays in the foreground. @param name tells several of a node apart. */
  start(node: NodeName, name: string, argv: readonly string[]): void {
    this.#daemons.set(`${node} ${name}`, start(this.lab, node, argv));
  }

  /** Daemons that run, by node and name. */
  daemons(): ReadonlyMap<string, number> {
    const living = [...this.#daemons].filter(([, { child }]) => !hasEnded(child));
    return new Map(living.map(([name, { child }]) => [name, child.pid!]));
  }

  /** The last words of daemons that have ended by themselves, one line each; undefined when all live. */
  deaths(): string | undefined {
    const dead = [...this.#daemons].filter(([, { child }]) => hasEnded(child));
    return dead.length === 0
      ? undefined
      : dead.map(([name, daemon]) => `${name} ended: ${daemon.said().slice(-SAID_LENGTH_MAX).trim()}`).join("\n");
  }

  /** All processes on a node: daemons, and what they and others have started there. */
  processesOn(node: NodeName): number[] {
    const [wire, end] = node === this.nodes[0] ? [this.#wires[0]!, 0] : [this.#wires[this.nodes.indexOf(node) - 1]!, 1];
    const pids = execFileSync("ip", ["netns", "pids", wire.ends[end]!.namespace], { encoding: "utf8" });
    return pids.split("\n").filter(Boolean).map(Number);
  }

  /** Kills all that runs on a node at once, and waits until its daemons are gone. */
  async kill(node: NodeName): Promise<void> {
    const struck = [...this.#daemons].filter(([name]) => name.startsWith(`${node} `));
    for (const [name] of struck) this.#daemons.delete(name);
    const ended = struck.filter(([, { child }]) => !hasEnded(child)).map(([, { child }]) => once(child, "exit"));
    for (const pid of this.processesOn(node)) killQuietly(pid);
    await Promise.all(ended);
  }

  /** Waits until something on a node listens on all these TCP ports: one that is dialled too early may be dialled again a minute later. */
  async untilListens(node: NodeName, ...ports: readonly number[]): Promise<void> {
    const listens = (): boolean => {
      const listening = this.run(node, "ss", "-Hltn");
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
    this.#addRoutes("b");
  }

  /** To each network that the node has no wire of its own to, where the kernel forwards. */
  #addRoutes(node: NodeName): void {
    const position = this.nodes.indexOf(node);
    for (const [index, { ends }] of this.#forwards ? this.#wires.entries() : []) {
      if (index === position || index === position - 1) continue;
      const [left, right] = index < position ? this.#wires[position - 1]!.ends : this.#wires[position]!.ends;
      const via = index < position ? left.address : right.address;
      this.run(node, "ip", "route", "replace", `${ends[0].address.replace(/\d+$/, "0")}/30`, "via", via);
    }
  }
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
