/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a is the machine of a user, with an uplink to u; c is an egress; w is the world behind it
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { OwnProcess } from "./own-process.ts";

/** Addresses of the world: a web server is at each. */
export const WORLD = { v4: "198.51.100.10", v6: "2001:db8:77::10" } as const;
/** The egress' addresses towards the world. */
const OUTSIDE = { v4: "198.51.100.1", v6: "2001:db8:77::1" } as const;
/** A user that is not the one as which the mesh runs. */
export const USER = 65_534;

/** Nodes of a mesh, a user's machine with an uplink, and a world that only an egress reaches. */
export class VpnGround implements AsyncDisposable {
  readonly lab: Lab;
  readonly #namespaces: string[] = [];

  /** The folder of sockets and configs of vpn-flor. */
  readonly #folder: string;

  private constructor(lab: Lab, folder: string) {
    this.lab = lab;
    this.#folder = folder;
  }

  static async open(): Promise<VpnGround> {
    const folder = mkdtempSync(join(tmpdir(), "vpn-"));
    const lab = await openLab(
      {
        cluster: "vpn",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: {
          "vpn-egress.main": { node: "c", target: `session+unix:${folder}/egress.sock`, allow: ["user/alice"] },
        },
        sessions: [
          {
            node: "a",
            listen: `unix:${folder}/mesh.sock`,
            as: "user/alice",
            services: { "vpn-egress.main": { path: ["a", "b", "c"] } },
          },
        ],
        tunnels: [],
      },
      { mode: "netns" },
    );
    const ground = new VpnGround(lab, folder);
    try {
      await lab.up();
      ground.#makeWorld();
      return ground;
    } catch (error) {
      await ground[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The namespace of a node, of the world (`w`) or of the uplink (`u`). */
  namespaceOf(node: string): string {
    return this.lab.nodeNames.includes(node)
      ? this.lab.commandIn(node, [])[3]!
      : `${this.lab.commandIn("a", [])[3]!}-${node}`;
  }

  ip(node: string, words: string): void {
    execFileSync("ip", ["-n", this.namespaceOf(node), ...words.split(" ")]);
  }

  /** Runs a command in a namespace, and gives its output. */
  run(node: string, ...argv: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.namespaceOf(node), ...argv], { encoding: "utf8" });
  }

  /** The words that run a command in a namespace as a user's program. */
  asUser(node: string, ...argv: string[]): string[] {
    const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
    return ["ip", "netns", "exec", this.namespaceOf(node), ...user, ...argv];
  }

  /** Starts vpn-flor on a node with a section of its config. */
  start(node: string, end: string): OwnProcess {
    const file = join(this.#folder, `vpn-${node}.yaml`);
    writeFileSync(file, `cluster: vpn\nadmin: vpn-${node}.sock\n${end}\n`);
    return new OwnProcess(this.lab, node, "vpn-flor", file);
  }

  status(node: string): Promise<unknown> {
    return requestAdmin(join(this.#folder, `vpn-${node}.sock`), "/status");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.down();
    for (const namespace of this.#namespaces) execFileSync("ip", ["netns", "del", namespace]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #makeWorld(): void {
    for (const name of ["u", "w"]) {
      const namespace = this.namespaceOf(name);
      execFileSync("ip", ["netns", "add", namespace]);
      this.#namespaces.push(namespace);
      this.ip(name, "link set lo up");
    }
    this.#wire(["c", "world", OUTSIDE.v4, OUTSIDE.v6], ["w", "egress", WORLD.v4, WORLD.v6]);
    this.#wire(["a", "uplink", "192.0.2.2", "2001:db8:1::2"], ["u", "user", "192.0.2.1", "2001:db8:1::1"]);
    this.ip("a", "route add default via 192.0.2.1");
    this.ip("a", "-6 route add default via 2001:db8:1::1");
    for (const switched of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
      this.run("c", "sh", "-c", `echo 1 > /proc/sys/net/${switched}`);
  }

  /** Joins two namespaces: each end with its name and addresses. */
  #wire(...ends: readonly [node: string, device: string, v4: string, v6: string][]): void {
    const [a, b] = ends.map(([node, device]) => [this.namespaceOf(node), device] as const);
    execFileSync("ip", ["link", "add", a![1], "netns", a![0], "type", "veth", "peer", "name", b![1], "netns", b![0]]);
    for (const [node, device, v4, v6] of ends) {
      this.ip(node, `addr add ${v4}/24 dev ${device}`);
      this.ip(node, `addr add ${v6}/64 dev ${device} nodad`);
      this.ip(node, `link set dev ${device} up`);
    }
  }
}
