import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type NodeName, nodesOver, type Place, transitsOf } from "./place.ts";
import { killIn, ownName } from "./sweep.ts";
import { outfitWires } from "./wires/wires.ts";

interface LineOptions {
  readonly place: Place;
  /** Whether the nodes between a and d forward packets in the kernel, so that a reaches d. */
  readonly forwards: boolean;
  /** From a to d; a system that cannot go over as many links as the place has leaves some out. */
  readonly nodes?: readonly NodeName[];
}

/** Namespaces joined by wires, for the peers: a at 10.78.1.1, the next at 10.78.1.2 and 10.78.2.1, and so on. */
export interface Line extends Disposable {
  readonly nodes: readonly NodeName[];
  namespace(node: NodeName): string;
  /** Address of `node` on the link towards the node before it (for a: towards the one after it). */
  address(node: NodeName): string;
  /** Address of `node` on the link towards the node after it. Not for the last. */
  addressAfter(node: NodeName): string;
  /** Runs a command on a node to its end; returns what it printed. Throws when it fails. */
  run(node: NodeName, ...argv: string[]): string;
  /** Starts a program on a node; its input and output are piped. */
  spawn(node: NodeName, argv: readonly string[]): ChildProcess;
  /** Takes the wire on b's far side away for a while. */
  cut(milliseconds: number): Promise<void>;
}

/** Needs root. */
export async function makeLine(name: string, options: LineOptions): Promise<Line> {
  const { place, forwards, nodes = nodesOver(place.links) } = options;
  const namespace = (node: NodeName): string => ownName(`${name}-${node}`);
  const made: string[] = [];
  let wires: Disposable | undefined;
  const dispose = (): void => {
    wires?.[Symbol.dispose]();
    for (const one of made.splice(0)) {
      killIn(one);
      execFileSync("ip", ["netns", "delete", one], { stdio: "ignore" });
    }
  };
  const run = (node: NodeName, ...argv: string[]): string =>
    execFileSync("ip", ["netns", "exec", namespace(node), ...argv], {
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
    });
  try {
    for (const node of nodes) {
      execFileSync("ip", ["netns", "add", namespace(node)]);
      made.push(namespace(node));
      run(node, "ip", "link", "set", "lo", "up");
    }
    const pairs = nodes.slice(1).map((node, index) => [nodes[index]!, node] as const);
    for (const [index, [left, right]] of pairs.entries()) joinNeighbours(index, left, right, namespace, run);
    const ends = pairs.map(
      ([left, right]) =>
        [
          { namespace: namespace(left), device: "right" },
          { namespace: namespace(right), device: "left" },
        ] as const,
    );
    wires = await outfitWires(ends, place);
    if (forwards) forwardAll(nodes, run);
  } catch (error) {
    dispose();
    throw error;
  }
  const cut = async (milliseconds: number): Promise<void> => {
    run("b", "ip", "link", "set", "right", "down");
    await sleep(milliseconds);
    run("b", "ip", "link", "set", "right", "up");
    // The kernel forgets the routes over a wire that is down.
    if (forwards) addRoutes("b", nodes, run);
  };
  return {
    nodes,
    namespace,
    address: (node) => (node === "a" ? "10.78.1.1" : `10.78.${nodes.indexOf(node)}.2`),
    addressAfter: (node) => `10.78.${nodes.indexOf(node) + 1}.1`,
    run,
    spawn: (node, argv) => spawn("ip", ["netns", "exec", namespace(node), ...argv], { stdio: "pipe" }),
    cut,
    [Symbol.dispose]: dispose,
  };
}

function joinNeighbours(
  index: number,
  left: NodeName,
  right: NodeName,
  namespace: (node: NodeName) => string,
  run: Line["run"],
): void {
  const net = `10.78.${index + 1}`;
  const pair = ["type", "veth", "peer", "name", "left", "netns", namespace(right)];
  execFileSync("ip", ["-n", namespace(left), "link", "add", "right", ...pair]);
  run(left, "ip", "address", "add", `${net}.1/30`, "dev", "right");
  run(right, "ip", "address", "add", `${net}.2/30`, "dev", "left");
  run(left, "ip", "link", "set", "right", "up");
  run(right, "ip", "link", "set", "left", "up");
}

function forwardAll(nodes: readonly NodeName[], run: Line["run"]): void {
  for (const node of transitsOf(nodes)) run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
  for (const node of nodes) addRoutes(node, nodes, run);
}

/** To each network that the node has no wire of its own to. */
function addRoutes(node: NodeName, nodes: readonly NodeName[], run: Line["run"]): void {
  const position = nodes.indexOf(node);
  for (let net = 1; net < nodes.length; net += 1) {
    if (net === position || net === position + 1) continue;
    const via = net < position ? `10.78.${position}.1` : `10.78.${position + 1}.2`;
    run(node, "ip", "route", "replace", `10.78.${net}.0/30`, "via", via);
  }
}
