/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a is the machine of a user, with an uplink to u; c is an egress; w is the world behind it
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, openLab, VpnWorld, WORLD } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { type Answer, executable, runToEnd } from "./executables.ts";
import { OwnProcess } from "./own-process.ts";

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
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** A part of `vpn-flor status --json`. */
export interface VpnStatus {
  readonly findings: readonly { readonly text: string }[];
  readonly process: { readonly pid: number };
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

/** Nodes of a mesh, a user's machine with an uplink, and a world that only an egress reaches. */
export class VpnGround implements AsyncDisposable {
  readonly lab: Lab;
  /** The folder of sockets and configs of vpn-flor, which `alice` and `mallory` find the mesh at. */
  readonly folder: string;
  /** The access log of the first egress' cluster vertex. */
  readonly accessLog: string;
  readonly #egresses: readonly string[];
  #world: VpnWorld | undefined;
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
    return this.#world!.namespaceOf(node);
  }

  ip(node: string, words: string): void {
    this.#world!.ip(node, words);
  }

  /** Runs a command in a namespace, and gives its output. */
  run(node: string, ...argv: string[]): string {
    return this.#world!.run(node, ...argv);
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

  /** Starts vpn-flor on a node with a section of its config, by words that become the program which follows them. */
  start(node: string, end: string, entry: readonly string[] = []): OwnProcess {
    const file = join(this.folder, `vpn-${node}.yaml`);
    writeFileSync(file, `cluster: vpn\nadmin: vpn-${node}.sock\n${end}\n`);
    return new OwnProcess(this.lab, node, "vpn-flor", file, entry);
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
    this.#world?.[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #makeWorld(): Promise<void> {
    const world = VpnWorld.make(this.lab, this.#egresses);
    this.#world = world;
    world.add("u");
    world.wire(["a", "uplink", "192.0.2.2", "2001:db8:1::2"], ["u", "user", "192.0.2.1", "2001:db8:1::1"]);
    this.ip("a", "route add default via 192.0.2.1");
    this.ip("a", "-6 route add default via 2001:db8:1::1");
    execFileSync("ip", ["netns", "exec", this.namespaceOf("u"), "nft", "-f", "-"], { input: LEAKS });
    for (const address of Object.values(WORLD)) await this.#serve(address);
  }

  async #serve(address: string): Promise<void> {
    const program = fileURLToPath(new URL("file-server.ts", import.meta.url));
    const argv = ["netns", "exec", this.namespaceOf("w"), process.execPath, program, address, "80", `world ${address}`];
    const server = spawn("ip", argv, { stdio: ["ignore", "pipe", "inherit"] });
    this.#servers.push(server);
    await once(server.stdout, "data");
  }
}
