/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a is the machine of a user, with an uplink to u; c is an egress; w is the world behind it
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { type Answer, executable, runToEnd } from "./executables.ts";
import { OwnProcess } from "./own-process.ts";
import { isRoot } from "./root.ts";

/** Addresses of the world: a web server is at each. */
export const WORLD = { v4: "198.51.100.10", v6: "2001:db8:77::10" } as const;
/** The networks between the world and each of the egresses, in their order: the first one is that of the world's servers. */
const OUTSIDE = [
  { egress: ["198.51.100.1", "2001:db8:77::1"], world: [WORLD.v4, WORLD.v6] },
  { egress: ["203.0.113.1", "2001:db8:78::1"], world: ["203.0.113.10", "2001:db8:78::10"] },
] as const;
/** A user that is not the one as which the mesh runs. */
const USER = 65_534;

/**
 * Counts packets for the world at the machine behind the uplink: of TCP those that begin a connection. The mesh runs as root here, and the system counts
 * packets of connections that programs have left behind as root's, so that some of them leave by the uplink (ERR_VPN_MESH_USER_ROOT).
 */
const LEAKS = `table inet leaks {
  chain pre {
    type filter hook prerouting priority raw;
    tcp flags & (syn | ack) != syn return
    ip daddr ${WORLD.v4} counter
    ip6 daddr ${WORLD.v6} counter
  }
}
`;

interface Shard {
  readonly class: string;
  readonly shard: number;
  readonly receivedBytes: number;
}

/** A part of `vpn-flor status --json`. */
export interface VpnStatus {
  readonly findings: readonly { readonly text: string }[];
  readonly up: {
    readonly isUp: boolean;
    readonly addresses: readonly string[];
    readonly mtu: number;
    readonly sessions: {
      readonly up: number;
      readonly moved: number;
      readonly ended: Readonly<Record<string, number>>;
    };
    readonly recovery: { readonly count: number; readonly lastMs: number };
    readonly shards: readonly Shard[];
    readonly drops: Readonly<Record<string, number>>;
  };
  readonly egress: {
    readonly clients: number;
    readonly world: { readonly isThere: boolean | null; readonly losses: number } | null;
    readonly sessions: { readonly ended: Readonly<Record<string, number>> };
    readonly drops: Readonly<Record<string, number>>;
  };
}

/** The thing that this machine lacks for a VPN between real programs; undefined: nothing. */
export function lackOfVpn(): string | undefined {
  if (!isRoot) return "needs root";
  if (!existsSync("/dev/net/tun")) return "the system has no /dev/net/tun";
  return spawnSync("nft", ["--version"]).status === 0 ? undefined : "not installed: nftables";
}

/** Nodes of a mesh, a user's machine with an uplink, and a world that only an egress reaches. */
export class VpnGround implements AsyncDisposable {
  readonly lab: Lab;
  /** The folder of sockets and configs of vpn-flor, which `alice` and `mallory` find the mesh at. */
  readonly folder: string;
  /** The access log of the first egress' cluster vertex. */
  readonly accessLog: string;
  readonly #egresses: readonly string[];
  readonly #namespaces: string[] = [];
  readonly #servers: ChildProcess[] = [];

  private constructor(lab: Lab, folder: string, egresses: readonly string[]) {
    this.lab = lab;
    this.folder = folder;
    this.accessLog = join(folder, "access.log");
    this.#egresses = egresses;
  }

  /**
   * Makes the world behind the egresses of a lab that is opened, is not up, and has a node a.
   *
   * @param folder of sockets and configs of vpn-flor, which ends with the ground
   * @param egresses names of nodes, one or two
   */
  static async around(lab: Lab, folder: string, egresses: readonly string[]): Promise<VpnGround> {
    const ground = new VpnGround(lab, folder, egresses);
    sweepDeadGrounds();
    try {
      appendFileSync(lab.configFile(egresses[0]!, "cluster-flor"), `\naccess-log: ${ground.accessLog}\n`);
      await lab.up();
      await ground.#makeWorld();
      return ground;
    } catch (error) {
      await ground[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A mesh with paths by hand, whose node c is the egress. */
  static async open(): Promise<VpnGround> {
    const folder = VpnGround.makeFolder();
    const lab = await openLab(
      {
        cluster: "vpn",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: {
          "vpn-egress.main": {
            node: "c",
            target: `session+unix:${folder}/egress.sock`,
            allow: ["user/alice", "user/mallory"],
          },
        },
        sessions: ["alice", "mallory"].map((user) => ({
          node: "a",
          listen: `unix:${folder}/${user}.sock`,
          as: `user/${user}` as const,
          services: { "vpn-egress.main": { path: ["a", "b", "c"] } },
        })),
        tunnels: [],
      },
      { mode: "netns" },
    );
    return VpnGround.around(lab, folder, ["c"]);
  }

  static makeFolder(): string {
    return mkdtempSync(join(tmpdir(), "vpn-"));
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

  /** Runs a command on a's machine to its end, as a user's program. */
  asUser(...argv: string[]): Promise<Answer> {
    const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
    return runToEnd(["ip", "netns", "exec", this.namespaceOf("a"), ...user, ...argv]);
  }

  /** Asks the world's web server for a page, as a user's program on a's machine. */
  curl(url: string, ...options: string[]): Promise<Answer> {
    return this.asUser("curl", "--silent", "--show-error", "--max-time", "20", ...options, url);
  }

  /** Packets for the world that have come to the machine behind a's uplink. */
  leaks(): number {
    const ruleset = this.run("u", "nft", "list", "table", "inet", "leaks");
    return [...ruleset.matchAll(/packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  }

  /** Starts vpn-flor on a node with a section of its config. */
  start(node: string, end: string): OwnProcess {
    const file = join(this.folder, `vpn-${node}.yaml`);
    writeFileSync(file, `cluster: vpn\nadmin: vpn-${node}.sock\n${end}\n`);
    return new OwnProcess(this.lab, node, "vpn-flor", file);
  }

  /** Runs `vpn-flor down` on a node, with the config of the process that was started last. */
  down(node: string): Promise<Answer> {
    const command = [...executable("vpn-flor"), "down", "--config", join(this.folder, `vpn-${node}.yaml`)];
    return runToEnd(["ip", "netns", "exec", this.namespaceOf(node), ...command]);
  }

  /** Runs `vpn-flor pools` on a node, with the config of the process that was started last. */
  pools(node: string): Promise<Answer> {
    const command = [...executable("vpn-flor"), "pools", "--config", join(this.folder, `vpn-${node}.yaml`)];
    return runToEnd(["ip", "netns", "exec", this.namespaceOf(node), ...command]);
  }

  async status(node: string): Promise<VpnStatus> {
    return (await requestAdmin(join(this.folder, `vpn-${node}.sock`), "/status")) as VpnStatus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.kill();
    await this.lab.down();
    for (const namespace of this.#namespaces) execFileSync("ip", ["netns", "del", namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #makeWorld(): Promise<void> {
    for (const name of ["u", "w"]) {
      const namespace = this.namespaceOf(name);
      execFileSync("ip", ["netns", "add", namespace]);
      this.#namespaces.push(namespace);
      this.ip(name, "link set lo up");
    }
    for (const [index, egress] of this.#egresses.entries()) this.#makeEgress(egress, index);
    this.#wire(["a", "uplink", "192.0.2.2", "2001:db8:1::2"], ["u", "user", "192.0.2.1", "2001:db8:1::1"]);
    this.ip("a", "route add default via 192.0.2.1");
    this.ip("a", "-6 route add default via 2001:db8:1::1");
    execFileSync("ip", ["netns", "exec", this.namespaceOf("u"), "nft", "-f", "-"], { input: LEAKS });
    for (const address of Object.values(WORLD)) await this.#serve(address);
  }

  #makeEgress(egress: string, index: number): void {
    const outside = OUTSIDE[index]!;
    this.#wire([egress, "world", ...outside.egress], ["w", `to-${egress}`, ...outside.world]);
    for (const switched of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
      this.run(egress, "sh", "-c", `echo 1 > /proc/sys/net/${switched}`);
    if (index === 0) return;
    this.ip(egress, `route add ${WORLD.v4} via ${outside.world[0]}`);
    this.ip(egress, `-6 route add ${WORLD.v6} via ${outside.world[1]}`);
  }

  async #serve(address: string): Promise<void> {
    const program = fileURLToPath(new URL("file-server.ts", import.meta.url));
    const argv = ["netns", "exec", this.namespaceOf("w"), process.execPath, program, address, "80", `world ${address}`];
    const server = spawn("ip", argv, { stdio: ["ignore", "pipe", "inherit"] });
    this.#servers.push(server);
    await once(server.stdout, "data");
  }

  /** Joins two namespaces: each end with its name and addresses. */
  #wire(...ends: readonly [node: string, device: string, v4: string, v6: string][]): void {
    const [a, b] = ends.map(([node, device]) => [this.namespaceOf(node), device] as const);
    execFileSync("ip", ["link", "add", a![1], "netns", a![0], "type", "veth", "peer", "name", b![1], "netns", b![0]]);
    for (const [node, device, v4, v6] of ends) {
      this.ip(node, `addr add ${v4}/24 dev ${device}`);
      this.ip(node, `addr add ${v6}/64 dev ${device} nodad`);
      // Link-local addresses would come a second later, and differ each time.
      this.ip(node, `link set dev ${device} addrgenmode none up`);
    }
  }
}

/** Ends what grounds have left whose process has died: the lab knows of its nodes' namespaces alone. */
function sweepDeadGrounds(): void {
  const names = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  for (const name of names.map((line) => line.split(" ")[0]!)) {
    const [, owner] = /^flor-(\d+)-\d+-a-[uw]$/.exec(name) ?? [];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    const { stdout } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
    // Processes may have ended, and another ground may have removed the namespace, meanwhile.
    for (const pid of stdout.split("\n").filter((line) => line !== "")) spawnSync("kill", ["-KILL", pid]);
    spawnSync("ip", ["netns", "del", name]);
  }
}
