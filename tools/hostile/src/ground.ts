import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import {
  cpuSeconds,
  FabricLab,
  type Lab,
  type NodeStatus,
  openLab,
  type NodeProcess,
  residentMegabytes,
  type VertexCommand,
} from "@florenetes/meshlab";
import { type FabricScene, publishScene } from "./agents/scene.ts";
import { HonestClient } from "./honest.ts";
import { labelsOf, readClusterConfig } from "./labels.ts";
import {
  ATTACKER_MS_MAX,
  DOWNLOAD_EVERY_MS,
  DOWNLOAD_SIZE,
  HONEST_EVERY_MS,
  HONEST_EVERY_MS_QUICK,
  HONEST_FIRST_MS,
  HONEST_WITHIN_MS,
  LEASED_WITHIN_MS,
  SETTLE_MS,
  STATUS_MS_MAX,
} from "./limits.ts";
import { DOWNLOAD_PORT, SERVICE_PORT, TUNNEL_PORT, USUAL_MESH } from "./mesh.ts";
import { attackerProgram, findPython } from "./python.ts";
import { workloadProgram } from "./workload/program.ts";

/** How much of an attack is made: the whole for the table, the short form in every test run. */
export interface Extent {
  readonly isShort: boolean;
}

const VICTIM = "v";

/** The mesh of an attack; default: the usual one. */
export interface Place {
  readonly mesh?: MeshFileInput;
  /** Agents beside the vertices of that mesh. */
  readonly fabric?: FabricScene;
}

/** The report of an attacker's program at its end. A program may report more. */
export interface Strike {
  readonly packets: number;
  readonly bytes: number;
  /** Code of the CONNECTION_CLOSE that the victim sent; null when it sent none. */
  readonly code: number | null;
  readonly reason: string | null;
  readonly [more: string]: unknown;
}

/** A process of the victim: those of the mesh, and its agent. */
type VictimProcess = NodeProcess | "fabric-flor";

/** A mesh to attack, which carries honest requests. Disposing of it leaves nothing. */
export class Ground implements AsyncDisposable {
  readonly lab: Lab;
  /** The agents beside the vertices; undefined: the mesh has none. */
  readonly fabric: FabricLab | undefined;
  readonly honest: HonestClient;
  /** Downloads that go on all the time, in a mesh with agents. */
  readonly downloads: HonestClient | undefined;
  /** The processes of the victim at the start: none of them may end. */
  readonly victims: ReadonlyMap<VictimProcess, number>;

  /** The attacker has the place of the victim's agent. */
  #isAgentStolen = false;
  readonly #honestEveryMs: number;
  readonly #origin: string;

  private constructor(lab: Lab, fabric: FabricLab | undefined, honestEveryMs: number, origin: string) {
    this.lab = lab;
    this.fabric = fabric;
    this.#honestEveryMs = honestEveryMs;
    this.#origin = origin;
    this.honest = this.startHonest(TUNNEL_PORT);
    const download = workloadProgram("honest-client", "127.0.0.1", DOWNLOAD_PORT, DOWNLOAD_EVERY_MS, DOWNLOAD_SIZE);
    this.downloads = fabric && new HonestClient(lab.spawn(origin, download));
    this.victims = this.#pids();
  }

  /** @param vertices commands that run the project's processes from another place than this checkout */
  static async open(
    { mesh = USUAL_MESH, fabric: scene }: Place,
    { isShort }: Extent,
    vertices?: Vertices,
  ): Promise<Ground> {
    const lab = await openLab(mesh, { mode: "netns", ...vertices });
    let fabric: FabricLab | undefined;
    try {
      fabric = scene && FabricLab.prepare(lab, scene.plan);
      await lab.up();
      await fabric?.up();
      const service = lab.spawn(scene?.host ?? VICTIM, workloadProgram("targets", "127.0.0.1", SERVICE_PORT));
      await once(createInterface({ input: service.stdout! }), "line");
      if (scene) await publishScene(fabric!, lab.mesh.links.length, scene);
      const ground = new Ground(lab, fabric, isShort ? HONEST_EVERY_MS_QUICK : HONEST_EVERY_MS, scene?.origin ?? "a");
      await ground.untilHonestWork();
      await sleep(SETTLE_MS);
      return ground;
    } catch (error) {
      await fabric?.[Symbol.asyncDispose]();
      await lab.down();
      throw error;
    }
  }

  /** Waits until as many honest requests have succeeded as begin in a second. @throws Error when they do not work */
  async untilHonestWork(): Promise<void> {
    const enough = this.honest.succeeded + HONEST_FIRST_MS / this.#honestEveryMs;
    const deadline = performance.now() + (this.fabric === undefined ? HONEST_WITHIN_MS : LEASED_WITHIN_MS);
    while (this.honest.succeeded < enough) {
      if (performance.now() > deadline) throw new Error("honest requests do not work");
      await sleep(SETTLE_MS / 10);
    }
  }

  /** An honest client, which uses a tunnel of a, or of the scene's origin. */
  startHonest(port: number, everyMs: number = this.#honestEveryMs): HonestClient {
    return new HonestClient(this.lab.spawn(this.#origin, workloadProgram("honest-client", "127.0.0.1", port, everyMs)));
  }

  /** Ends the processes of the attacker's node, and runs one of the attackers' programs there. */
  async strike(name: string, options: Readonly<Record<string, unknown>> = {}): Promise<Strike> {
    await this.clear("m");
    return this.strikeBeside("m", name, options);
  }

  /** Runs one of the attackers' programs on a node, beside what runs there. The program is given the node's keys and labels. */
  async strikeBeside(
    node: string,
    name: string,
    options: Readonly<Record<string, unknown>> = {},
    timeoutMs: number = ATTACKER_MS_MAX,
  ): Promise<Strike> {
    const python = findPython();
    if (python === undefined) throw new Error("aioquic is not installed: npm run hostile -- --install");
    const input = JSON.stringify({ ...this.#holdings(node), ...options });
    const argv = [python, attackerProgram(name), input];
    const { code, stdout, stderr } = await this.lab.exec(node, argv, { timeoutMs });
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

  /** The agent of a node is in the attacker's hands from now on: it is no victim. */
  handleStolen(node: string): void {
    if (node === VICTIM) this.#isAgentStolen = true;
  }

  /** Whether the victim has an agent that does not answer. */
  async isAgentSilent(): Promise<boolean> {
    if (this.fabric === undefined || this.#isAgentStolen) return false;
    const answered = this.fabric.status(VICTIM).then(
      () => true,
      () => false,
    );
    return !(await Promise.race([answered, sleep(STATUS_MS_MAX, false)]));
  }

  /** The victim's processes that have ended since the start, or been replaced. */
  fallen(): readonly VictimProcess[] {
    const pids = this.#pids();
    return [...this.victims]
      .filter(([name]) => name !== "fabric-flor" || !this.#isAgentStolen)
      .filter(([name, pid]) => pids.get(name) !== pid || cpuSeconds(pid) === undefined)
      .map(([name]) => name);
  }

  /** The labels of a node's links and services, by the name of the peer or the service. */
  labels(node: string): Readonly<Record<string, number>> {
    return labelsOf(this.lab, node);
  }

  /** The endpoint at which a node calls a neighbour. */
  endpoint(node: string, peer: string): string {
    const endpoint = readClusterConfig(this.lab, node).links[peer]?.endpoint;
    if (endpoint === undefined) throw new Error(`${node} does not call ${peer}`);
    return endpoint;
  }

  /** The first group of a pattern in a config. @throws Error when the config has no such text */
  text(node: string, process: NodeProcess, pattern: RegExp): string {
    const found = pattern.exec(readFileSync(this.lab.configFile(node, process), "utf8"))?.[1];
    if (found === undefined) throw new Error(`${process} of ${node} has no ${pattern} in its config`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.honest.stop();
    this.downloads?.stop();
    await this.fabric?.[Symbol.asyncDispose]();
    await this.lab.down();
  }

  #pids(): ReadonlyMap<VictimProcess, number> {
    const own = this.lab.pids().filter(({ node }) => node === VICTIM);
    const agent = this.fabric?.pidOf(VICTIM);
    return new Map<VictimProcess, number>([
      ...own.map(({ process, pid }) => [process, pid] as const),
      ...(agent === undefined ? [] : [["fabric-flor", agent] as const]),
    ]);
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

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
