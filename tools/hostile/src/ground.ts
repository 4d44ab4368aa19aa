import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { MeshFileInput } from "@florenetes/mesh-file";
import {
  cpuSeconds,
  type Lab,
  type NodeStatus,
  openLab,
  type NodeProcess,
  residentMegabytes,
  type VertexCommand,
} from "@florenetes/meshlab";
import { HonestClient } from "./honest.ts";
import {
  ATTACKER_MS_MAX,
  HONEST_EVERY_MS,
  HONEST_EVERY_MS_QUICK,
  HONEST_FIRST_MS,
  SETTLE_MS,
  STATUS_MS_MAX,
} from "./limits.ts";
import { SERVICE_PORT, TUNNEL_PORT } from "./mesh.ts";
import { attackerProgram, findPython } from "./python.ts";

/** How much of an attack is made: the whole for the table, the short form in every test run. */
export interface Extent {
  readonly isShort: boolean;
}

const HONEST_WITHIN_MS = 60_000;
const VICTIM = "v";

/** The report of an attacker's program at its end. A program may report more. */
export interface Strike {
  readonly packets: number;
  readonly bytes: number;
  /** Code of the CONNECTION_CLOSE that the victim sent; null when it sent none. */
  readonly code: number | null;
  readonly reason: string | null;
  readonly [more: string]: unknown;
}

/** A mesh to attack, which carries honest requests. Disposing of it leaves nothing. */
export class Ground implements AsyncDisposable {
  readonly lab: Lab;
  readonly honest: HonestClient;
  /** The processes of the victim at the start: none of them may end. */
  readonly victims: ReadonlyMap<NodeProcess, number>;

  readonly #honestEveryMs: number;

  private constructor(
    lab: Lab,
    honest: HonestClient,
    honestEveryMs: number,
    victims: ReadonlyMap<NodeProcess, number>,
  ) {
    this.lab = lab;
    this.honest = honest;
    this.#honestEveryMs = honestEveryMs;
    this.victims = victims;
  }

  /** @param vertices commands that run the project's processes from another place than this checkout */
  static async open(mesh: MeshFileInput, { isShort }: Extent, vertices?: Vertices): Promise<Ground> {
    const lab = await openLab(mesh, { mode: "netns", ...vertices });
    try {
      await lab.up();
      const service = lab.spawn(VICTIM, program("targets", "127.0.0.1", SERVICE_PORT));
      await once(createInterface({ input: service.stdout! }), "line");
      const honestEveryMs = isShort ? HONEST_EVERY_MS_QUICK : HONEST_EVERY_MS;
      const honest = startHonest(lab, TUNNEL_PORT, honestEveryMs);
      const victims = lab.pids().filter(({ node }) => node === VICTIM);
      const pids = new Map(victims.map(({ process, pid }) => [process, pid]));
      const ground = new Ground(lab, honest, honestEveryMs, pids);
      await ground.untilHonestWork();
      await sleep(SETTLE_MS);
      return ground;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** Waits until as many honest requests have succeeded as begin in a second. @throws Error when they do not work */
  async untilHonestWork(): Promise<void> {
    const enough = this.honest.succeeded + HONEST_FIRST_MS / this.#honestEveryMs;
    const deadline = performance.now() + HONEST_WITHIN_MS;
    while (this.honest.succeeded < enough) {
      if (performance.now() > deadline) throw new Error("honest requests do not work");
      await sleep(SETTLE_MS / 10);
    }
  }

  /** Another honest client, which uses another tunnel of a. */
  startHonest(port: number, everyMs: number = this.#honestEveryMs): HonestClient {
    return startHonest(this.lab, port, everyMs);
  }

  /** Ends the processes of the attacker's node, and runs one of the attackers' programs there. */
  async strike(name: string, options: Readonly<Record<string, unknown>> = {}): Promise<Strike> {
    await this.clear("m");
    return this.strikeBeside("m", name, options);
  }

  /** Runs one of the attackers' programs on a node, beside what runs there. The program is given the node's keys and labels. */
  async strikeBeside(node: string, name: string, options: Readonly<Record<string, unknown>> = {}): Promise<Strike> {
    const python = findPython();
    if (python === undefined) throw new Error("aioquic is not installed: npm run hostile -- --install");
    const input = JSON.stringify({ ...this.#holdings(node), ...options });
    const argv = [python, attackerProgram(name), input];
    const { code, stdout, stderr } = await this.lab.exec(node, argv, { timeoutMs: ATTACKER_MS_MAX });
    if (code !== 0) throw new Error(`the attacker ${name} ended with ${code}: ${stderr.slice(-2_000)}`);
    return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Strike;
  }

  /** Ends all processes of a node of the attacker's. */
  async clear(node: string): Promise<void> {
    const running = this.lab.pids().filter((each) => each.node === node);
    await Promise.all(running.map(({ process }) => this.lab.kill(node, process)));
  }

  /** Seconds of CPU time that the victim's processes have used. Processes that are gone do not count. */
  cpuSeconds(): number {
    return sum([...this.victims.values()].map(cpuSeconds));
  }

  /** Resident memory of the victim's processes in MB. */
  megabytes(): number {
    return sum([...this.victims.values()].map(residentMegabytes));
  }

  /** The status of both processes of a node; undefined for a process that does not answer. */
  async status(node: string = VICTIM): Promise<NodeStatus> {
    const silent = sleep(STATUS_MS_MAX, { linkFlor: undefined, clusterFlor: undefined });
    return Promise.race([this.lab.status(node), silent]);
  }

  /** The victim's processes that have ended since the start, or been replaced. */
  fallen(): readonly NodeProcess[] {
    const pids = new Map(
      this.lab
        .pids()
        .filter(({ node }) => node === VICTIM)
        .map(({ process, pid }) => [process, pid]),
    );
    return [...this.victims].filter(([name, pid]) => pids.get(name) !== pid).map(([name]) => name);
  }

  /** The labels of a node's links and services, by the name of the peer or the service. */
  labels(node: string): Readonly<Record<string, number>> {
    const config = readFileSync(this.lab.configFile(node, "cluster-flor"), "utf8");
    const found = config.matchAll(/^ {2}(\w+): \{.*\blabel: (\d+)/gm);
    return Object.fromEntries([...found].map(([, name, label]) => [name!, Number(label)]));
  }

  /** The endpoint at which a node calls a neighbour. */
  endpoint(node: string, peer: string): string {
    return this.text(node, "cluster-flor", new RegExp(`^ {2}${peer}: .*endpoint: (udp:[^,\\s]+)`, "m"));
  }

  /** The first group of a pattern in a config. @throws Error when the config has no such text */
  text(node: string, process: NodeProcess, pattern: RegExp): string {
    const found = pattern.exec(readFileSync(this.lab.configFile(node, process), "utf8"))?.[1];
    if (found === undefined) throw new Error(`${process} of ${node} has no ${pattern} in its config`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.honest.stop();
    await this.lab.down();
  }

  /** All that the attacker on a node knows, as its programs take it. */
  #holdings(node: string): Readonly<Record<string, unknown>> {
    return {
      endpoint: this.endpoint(node, VICTIM),
      identities: this.lab.identityFolder(node, ""),
      labels: this.labels(VICTIM),
    };
  }
}

/** Commands that run the project's processes. */
export interface Vertices {
  readonly linkVertex: VertexCommand;
  readonly clusterVertex: VertexCommand;
}

function startHonest(lab: Lab, port: number, everyMs: number): HonestClient {
  return new HonestClient(lab.spawn("a", program("honest-client", "127.0.0.1", port, everyMs)));
}

function program(name: string, ...args: (string | number)[]): string[] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return [
    process.execPath,
    fileURLToPath(new URL(`workload/${name}.${extension}`, import.meta.url)),
    ...args.map(String),
  ];
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
