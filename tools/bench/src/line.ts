import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** The nodes of every measured mesh, in a line: each reaches its neighbours alone. */
const NODES = ["a", "b", "c", "d"] as const;
type NodeName = (typeof NODES)[number];

/** Four namespaces joined by veth pairs, for the peers: a at 10.78.1.1, b at 10.78.1.2 and 10.78.2.1, and so on. */
export interface Line extends Disposable {
  namespace(node: NodeName): string;
  /** Address of `node` on the link towards the node before it (for a: towards b). */
  address(node: NodeName): string;
  /** Takes the wire between b and c away for a while. */
  cut(milliseconds: number): Promise<void>;
}

/** @param forwards whether b and c forward packets in the kernel, so that a reaches d. Needs root. */
export function makeLine(name: string, forwards: boolean): Line {
  const namespace = (node: NodeName): string => `flor-bench-${process.pid}-${name}-${node}`;
  const made: string[] = [];
  const dispose = (): void => {
    for (const one of made.splice(0)) execFileSync("ip", ["netns", "delete", one], { stdio: "ignore" });
  };
  const inside = (node: NodeName, ...argv: string[]): void => {
    execFileSync("ip", ["netns", "exec", namespace(node), ...argv], { stdio: ["ignore", "ignore", "inherit"] });
  };
  try {
    for (const node of NODES) {
      execFileSync("ip", ["netns", "add", namespace(node)]);
      made.push(namespace(node));
      inside(node, "ip", "link", "set", "lo", "up");
      if (forwards) inside(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    }
    for (let index = 0; index + 1 < NODES.length; index += 1) joinNeighbours(index, namespace, inside);
    if (forwards) addRoutes(inside);
  } catch (error) {
    dispose();
    throw error;
  }
  const cut = async (milliseconds: number): Promise<void> => {
    inside("b", "ip", "link", "set", "right", "down");
    await sleep(milliseconds);
    inside("b", "ip", "link", "set", "right", "up");
    // The kernel forgets the routes over a wire that is down.
    if (forwards) inside("b", "ip", "route", "replace", "10.78.3.0/30", "via", "10.78.2.2");
  };
  return { namespace, address: addressOf, cut, [Symbol.dispose]: dispose };
}

function joinNeighbours(
  index: number,
  namespace: (node: NodeName) => string,
  inside: (node: NodeName, ...argv: string[]) => void,
): void {
  const [left, right] = [NODES[index]!, NODES[index + 1]!];
  const net = `10.78.${index + 1}`;
  const pair = ["type", "veth", "peer", "name", "left", "netns", namespace(right)];
  execFileSync("ip", ["-n", namespace(left), "link", "add", "right", ...pair]);
  inside(left, "ip", "address", "add", `${net}.1/30`, "dev", "right");
  inside(right, "ip", "address", "add", `${net}.2/30`, "dev", "left");
  inside(left, "ip", "link", "set", "right", "up");
  inside(right, "ip", "link", "set", "left", "up");
}

function addRoutes(inside: (node: NodeName, ...argv: string[]) => void): void {
  inside("a", "ip", "route", "add", "default", "via", "10.78.1.2");
  inside("b", "ip", "route", "add", "10.78.3.0/30", "via", "10.78.2.2");
  inside("c", "ip", "route", "add", "10.78.1.0/30", "via", "10.78.2.1");
  inside("d", "ip", "route", "add", "default", "via", "10.78.3.1");
}

function addressOf(node: NodeName): string {
  const index = NODES.indexOf(node);
  return index === 0 ? "10.78.1.1" : `10.78.${index}.2`;
}
