import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ownName } from "./sweep.ts";

/** The nodes of a measured mesh, in a line: each reaches its neighbours alone. */
const NODES = ["a", "b", "c", "d"] as const;
export type NodeName = (typeof NODES)[number];

interface LineOptions {
  /** Whether the nodes between a and d forward packets in the kernel, so that a reaches d. */
  readonly forwards: boolean;
  /** From a to d; a system that cannot go over three links leaves c out. */
  readonly nodes?: readonly NodeName[];
}

/** Namespaces joined by veth pairs, for the peers: a at 10.78.1.1, b at 10.78.1.2 and 10.78.2.1, and so on. */
export interface Line extends Disposable {
  readonly nodes: readonly NodeName[];
  namespace(node: NodeName): string;
  /** Address of `node` on the link towards the node before it (for a: towards b). */
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
export function makeLine(name: string, { forwards, nodes = NODES }: LineOptions): Line {
  const namespace = (node: NodeName): string => ownName(`${name}-${node}`);
  const made: string[] = [];
  const dispose = (): void => {
    for (const one of made.splice(0)) execFileSync("ip", ["netns", "delete", one], { stdio: "ignore" });
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
      if (forwards) run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    }
    for (let index = 0; index + 1 < nodes.length; index += 1) {
      joinNeighbours(index, nodes[index]!, nodes[index + 1]!, namespace, run);
    }
    if (forwards) addRoutes(run);
  } catch (error) {
    dispose();
    throw error;
  }
  const cut = async (milliseconds: number): Promise<void> => {
    run("b", "ip", "link", "set", "right", "down");
    await sleep(milliseconds);
    run("b", "ip", "link", "set", "right", "up");
    // The kernel forgets the routes over a wire that is down.
    if (forwards) run("b", "ip", "route", "replace", "10.78.3.0/30", "via", "10.78.2.2");
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

function addRoutes(run: Line["run"]): void {
  run("a", "ip", "route", "add", "default", "via", "10.78.1.2");
  run("b", "ip", "route", "add", "10.78.3.0/30", "via", "10.78.2.2");
  run("c", "ip", "route", "add", "10.78.1.0/30", "via", "10.78.2.1");
  run("d", "ip", "route", "add", "default", "via", "10.78.3.1");
}
