/** The ground of a fleet: one internet, and routers that translate addresses. Every node can be given another address at any time. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Lab } from "@florenetes/meshlab";
import { forEachInTurn } from "../for-each-in-turn.ts";
import { BEHIND_NAT, NODES } from "../terrain.ts";

const TRANSLATES = `table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
}
`;
/** Addresses for measurements (RFC 2544), which are nobody's: agents take them for public ones. */
const networkOf = (node: string): string => `198.18.${1 + NODES.indexOf(node)}`;
const GATEWAY = 1;
const FIRST_HOST = 2;
const HOSTS = 200;
const LAN = { own: "192.168.7.2", gateway: "192.168.7.1" } as const;

export class FleetGround implements Disposable {
  readonly #lab: Lab;
  readonly #namespaces: string[] = [];
  /** The last number of the address at which a node, or its router, is. */
  readonly #hosts = new Map<string, number>();

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Makes the internet, and brings each node to it. */
  static make(lab: Lab): FleetGround {
    sweepDeadGrounds();
    const ground = new FleetGround(lab);
    try {
      const internet = ground.#add("net");
      for (const node of NODES) ground.#bring(node, internet);
      return ground;
    } catch (error) {
      ground[Symbol.dispose]();
      throw error;
    }
  }

  /** The address at which others see a node. */
  addressOf(node: string): string {
    return `${networkOf(node)}.${this.#hosts.get(node)!}`;
  }

  /** Gives a node, or the router before it, another address in the place of the one that it has. */
  move(node: string): void {
    const namespace = this.#edgeOf(node);
    const former = this.addressOf(node);
    const host = FIRST_HOST + ((this.#hosts.get(node)! - FIRST_HOST + 1) % HOSTS);
    this.#hosts.set(node, host);
    ip(namespace, `addr del ${former}/24 dev wan`);
    ip(namespace, `addr add ${this.addressOf(node)}/24 dev wan`);
    ip(namespace, `route replace default via ${networkOf(node)}.${GATEWAY}`);
  }

  [Symbol.dispose](): void {
    // A namespace that cannot be removed leaves the others none the less.
    forEachInTurn(this.#namespaces.splice(0), (namespace) => execFileSync("ip", ["netns", "del", namespace]));
  }

  /** The namespace with the address that others see. */
  #edgeOf(node: string): string {
    const own = this.#lab.namespaceOf(node)!;
    return isBehindNat(node) ? `${this.#base}-home-${node}` : own;
  }

  get #base(): string {
    return this.#lab.namespaceOf(NODES[0]!)!;
  }

  #bring(node: string, internet: string): void {
    this.#hosts.set(node, FIRST_HOST);
    if (isBehindNat(node)) {
      const router = this.#add(`home-${node}`);
      wire([this.#lab.namespaceOf(node)!, "lan", LAN.own], [router, "lan", LAN.gateway]);
      ip(this.#lab.namespaceOf(node)!, `route add default via ${LAN.gateway}`);
      execFileSync("ip", ["netns", "exec", router, "nft", "-f", "-"], { input: TRANSLATES });
    }
    const edge = this.#edgeOf(node);
    wire([edge, "wan", this.addressOf(node)], [internet, `to-${node}`, `${networkOf(node)}.${GATEWAY}`]);
    ip(edge, `route add default via ${networkOf(node)}.${GATEWAY}`);
  }

  #add(name: string): string {
    const namespace = `${this.#base}-${name}`;
    execFileSync("ip", ["netns", "add", namespace]);
    this.#namespaces.push(namespace);
    ip(namespace, "link set lo up");
    execFileSync("ip", ["netns", "exec", namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    return namespace;
  }
}

function isBehindNat(node: string): boolean {
  return BEHIND_NAT.some((each) => each === node);
}

/** An end of a wire: its namespace, its device, and its address in a network of 256. */
type WireEnd = readonly [namespace: string, device: string, address: string];

function wire(a: WireEnd, b: WireEnd): void {
  execFileSync("ip", ["link", "add", a[1], "netns", a[0], "type", "veth", "peer", "name", b[1], "netns", b[0]]);
  for (const [namespace, device, address] of [a, b]) {
    ip(namespace, `addr add ${address}/24 dev ${device}`);
    ip(namespace, `link set ${device} up`);
  }
}

function ip(namespace: string, words: string): void {
  execFileSync("ip", ["-n", namespace, ...words.split(" ")]);
}

/** Removes routers of grounds whose process has died: a lab knows of the namespaces of its nodes alone. */
function sweepDeadGrounds(): void {
  const names = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  for (const name of names.map((line) => line.split(" ")[0]!)) {
    const [, owner] = /^flor-(\d+)-\d+-a-(?:net|home-[a-z])$/.exec(name) ?? [];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) spawnSync("ip", ["netns", "del", name]);
  }
}
