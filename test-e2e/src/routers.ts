import { execFileSync, spawnSync } from "node:child_process";
import type { Lab } from "@florenetes/meshlab";

const TRANSLATES = `table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
}
`;

/** Whether Debian's nftables is there, by which a router's kernel translates addresses. */
export const hasNft: boolean = spawnSync("nft", ["--version"]).status === 0;

/** A device at the end of a wire: its namespace, its name, and its address in a network of 256. */
export type WireEnd = readonly [namespace: string, device: string, address: string];

/** Runs `ip` in a namespace, with words that blanks part. */
export function ip(namespace: string, words: string): void {
  execFileSync("ip", ["-n", namespace, ...words.split(" ")]);
}

/** Joins two namespaces by a wire. */
export function wire(a: WireEnd, b: WireEnd): void {
  execFileSync("ip", ["link", "add", a[1], "netns", a[0], "type", "veth", "peer", "name", b[1], "netns", b[0]]);
  for (const [namespace, device, address] of [a, b]) {
    ip(namespace, `addr add ${address}/24 dev ${device}`);
    ip(namespace, `link set ${device} up`);
  }
}

/** Namespaces between the nodes of a lab, which pass packets on. They go with this object. */
export class Routers implements Disposable {
  readonly #lab: Lab;
  readonly #namespaces: string[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Makes one, and returns its namespace. */
  add(name: string): string {
    const [node] = this.#lab.nodeNames;
    const namespace = `${this.#lab.namespaceOf(node!)!}-${name}`;
    execFileSync("ip", ["netns", "add", namespace]);
    this.#namespaces.push(namespace);
    ip(namespace, "link set lo up");
    execFileSync("ip", ["netns", "exec", namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    return namespace;
  }

  /** Has a router show its own address to whoever is behind its device `wan`, as a router at home does. */
  translate(router: string): void {
    execFileSync("ip", ["netns", "exec", router, "nft", "-f", "-"], { input: TRANSLATES });
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#namespaces) execFileSync("ip", ["netns", "del", namespace]);
  }
}
