/** Egresses of a VPN need a world behind them, beside a lab in namespaces, that nothing else reaches. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Lab } from "./lab.ts";

/** Addresses of the world, for servers. */
export const WORLD = { v4: "198.51.100.10", v6: "2001:db8:77::10" } as const;
/** The networks between the world and each of the egresses, in their order: the first one is that of the world's servers. */
const OUTSIDE = [
  { egress: ["198.51.100.1", "2001:db8:77::1"], world: [WORLD.v4, WORLD.v6] },
  { egress: ["203.0.113.1", "2001:db8:78::1"], world: ["203.0.113.10", "2001:db8:78::10"] },
] as const;

/** An end of a wire: its node or namespace, its device, and its addresses. */
export type WorldWireEnd = readonly [node: string, device: string, v4: string, v6: string];

/** The thing that this machine lacks for a VPN between real programs; undefined: nothing. */
export function lackOfVpn(): string | undefined {
  if (process.geteuid?.() !== 0) return "needs root";
  if (!existsSync("/dev/net/tun")) return "the system has no /dev/net/tun";
  return spawnSync("nft", ["--version"]).status === 0 ? undefined : "not installed: nftables";
}

/** The namespace `w` behind the egresses of a lab in namespaces that has a node a, and others that are added. Dispose of it before the lab, or behind it. */
export class VpnWorld implements Disposable {
  readonly #lab: Lab;
  readonly #egresses: readonly string[];
  readonly #namespaces: string[] = [];

  private constructor(lab: Lab, egresses: readonly string[]) {
    this.#lab = lab;
    this.#egresses = egresses;
  }

  /** @param egresses Names of nodes, one or two; they forward packets from then on */
  static make(lab: Lab, egresses: readonly string[]): VpnWorld {
    sweepDeadWorlds();
    const world = new VpnWorld(lab, egresses);
    try {
      world.add("w");
      for (const [index, egress] of egresses.entries()) world.#join(egress, index);
      return world;
    } catch (error) {
      world[Symbol.dispose]();
      throw error;
    }
  }

  /** The namespace of a node of the lab, of the world (`w`), or of one that was added. */
  namespaceOf(node: string): string {
    const { nodeNames } = this.#lab;
    return nodeNames.includes(node) ? this.#lab.namespaceOf(node)! : `${this.#lab.namespaceOf("a")!}-${node}`;
  }

  /** Adds a namespace: `u` for the machine behind an uplink. */
  add(name: "u" | "w"): void {
    const namespace = this.namespaceOf(name);
    execFileSync("ip", ["netns", "add", namespace]);
    this.#namespaces.push(namespace);
    this.ip(name, "link set lo up");
  }

  /** Gives the world one more address of each version, to which all egresses lead. */
  addAddresses(v4: string, v6: string): void {
    for (const address of [`${v4}/32`, `${v6}/128`]) this.ip("w", `addr add ${address} dev lo`);
    for (const [index, egress] of this.#egresses.entries()) {
      const { world } = OUTSIDE[index]!;
      this.ip(egress, `route add ${v4} via ${world[0]}`);
      this.ip(egress, `-6 route add ${v6} via ${world[1]}`);
    }
  }

  /** Leads the networks of clients from the world to an egress, as the routing there does. */
  leadBack(egress: string, v4: string, v6: string): void {
    const outside = OUTSIDE[this.#egresses.indexOf(egress)]!;
    this.ip("w", `route replace ${v4} via ${outside.egress[0]}`);
    this.ip("w", `-6 route replace ${v6} via ${outside.egress[1]}`);
  }

  ip(node: string, words: string): void {
    execFileSync("ip", ["-n", this.namespaceOf(node), ...words.split(" ")]);
  }

  /** Runs a command in a namespace, and gives its output. */
  run(node: string, ...argv: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.namespaceOf(node), ...argv], { encoding: "utf8" });
  }

  /** Joins two namespaces. */
  wire(...ends: readonly [WorldWireEnd, WorldWireEnd]): void {
    const [a, b] = ends.map(([node, device]) => [this.namespaceOf(node), device] as const);
    execFileSync("ip", ["link", "add", a![1], "netns", a![0], "type", "veth", "peer", "name", b![1], "netns", b![0]]);
    for (const [node, device, v4, v6] of ends) {
      this.ip(node, `addr add ${v4}/24 dev ${device}`);
      this.ip(node, `addr add ${v6}/64 dev ${device} nodad`);
      // Link-local addresses would come a second later, and differ each time.
      this.ip(node, `link set dev ${device} addrgenmode none up`);
    }
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#namespaces.splice(0)) execFileSync("ip", ["netns", "del", namespace]);
  }

  #join(egress: string, index: number): void {
    const outside = OUTSIDE[index]!;
    this.wire([egress, "world", ...outside.egress], ["w", `to-${egress}`, ...outside.world]);
    for (const switched of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
      this.run(egress, "sh", "-c", `echo 1 > /proc/sys/net/${switched}`);
    if (index === 0) return;
    this.ip(egress, `route add ${WORLD.v4} via ${outside.world[0]}`);
    this.ip(egress, `-6 route add ${WORLD.v6} via ${outside.world[1]}`);
  }
}

/** Ends what worlds have left whose process has died: the lab knows of its nodes' namespaces alone. */
function sweepDeadWorlds(): void {
  const names = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  for (const name of names.map((line) => line.split(" ")[0]!)) {
    const [, owner] = /^flor-(\d+)-\d+-a-[uw]$/.exec(name) ?? [];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    const { stdout } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
    // Processes may have ended, and another world may have been removed, meanwhile.
    for (const pid of stdout.split("\n").filter((line) => line !== "")) spawnSync("kill", ["-KILL", pid]);
    spawnSync("ip", ["netns", "del", name]);
  }
}
