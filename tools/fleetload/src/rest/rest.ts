/** All that is not a device: real processes of hubs, coordinators, observers, and of a node with the control API. */
import { appendFileSync } from "node:fs";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { AGENT_LINKS_MAX, DEAD_AFTER_SECONDS, DEVICES_PER_HUB, HUBS_MIN, SEEDS_MAX } from "../limits.ts";
import { CONTROL_SERVICE, ControlProcess } from "./control-process.ts";

const CLUSTER = "fleet";
const CONTROL = "p1";
const COORDINATORS = ["c1", "c2"] as const;
const OBSERVERS = ["o1", "o2"] as const;
const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "10 Gbit/s" };

type Role = "hub" | "coordinator" | "observer" | "control";

/** A process of the rest. */
export interface RestProcess {
  readonly node: string;
  readonly role: Role;
  readonly program: string;
  readonly pid: number;
}

/** A coordinator as its status tells it. */
export interface CoordinatorLook {
  readonly node: string;
  /** Nodes whose reports it holds. */
  readonly reports: number;
  /** Reports that it has taken, and letters that it has not read, since it was started. */
  readonly taken: number;
  readonly tooManyLetters: number;
}

export class Rest implements AsyncDisposable {
  readonly lab: Lab;
  readonly fabric: FabricLab;
  readonly hubs: readonly string[];
  readonly #control: ControlProcess;

  private constructor(lab: Lab, fabric: FabricLab, hubs: readonly string[]) {
    this.lab = lab;
    this.fabric = fabric;
    this.hubs = hubs;
    this.#control = new ControlProcess(lab, CONTROL);
  }

  /** Starts all processes. Resolves when they answer, and records say what each node is. @throws OperatorError `ERR_LAB_…` */
  static async open(devices: number): Promise<Rest> {
    const hubs = namesOf("h", Math.max(HUBS_MIN, Math.ceil(devices / DEVICES_PER_HUB)));
    const central = [...COORDINATORS, ...OBSERVERS, CONTROL];
    const nodes = Object.fromEntries([...hubs, ...central].map((node) => [node, {}]));
    const lab = await openLab({ cluster: CLUSTER, nodes, links: [], services: {}, tunnels: [] });
    try {
      const bounds = { "links-max": AGENT_LINKS_MAX, dial: ["127.0.0.0/8"] };
      const doors = [...hubs, ...central].map((node) => [
        node,
        hubs.includes(node) ? { ...bounds, relay: RELAY } : bounds,
      ]);
      const fabric = FabricLab.prepare(lab, {
        development: true,
        services: {
          [CONTROL_SERVICE]: {
            allow: ["user/alice"],
            targets: { [CONTROL]: `unix:${ControlProcess.socketOf(lab, CONTROL)}` },
            keys: { "proxy-protocol": "v2" },
          },
        },
        tunnels: [],
        seeds: hubs.slice(0, SEEDS_MAX),
        doors: Object.fromEntries(doors),
        agents: Object.fromEntries(COORDINATORS.map((node) => [node, { coordinator: { partition: "default" } }])),
      });
      for (const node of lab.nodeNames)
        appendFileSync(lab.configFile(node, "link-flor"), `dead-after: ${DEAD_AFTER_SECONDS}s\n`);
      const rest = new Rest(lab, fabric, hubs);
      await rest.#up();
      return rest;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  get nodes(): readonly string[] {
    return this.lab.nodeNames;
  }

  processes(): readonly RestProcess[] {
    const agents = this.nodes.map((node) => ({ node, process: "fabric-flor", pid: this.fabric.pidOf(node) }));
    const control = { node: CONTROL, process: "control-flor", pid: this.#control.pid };
    return [...this.lab.pids(), ...agents, control].flatMap(({ node, process: program, pid }) =>
      pid === undefined ? [] : [{ node, role: roleOf(node), program, pid }],
    );
  }

  /** How coordinators are, by their admin sockets. One that does not answer is not among them. */
  async coordinators(): Promise<readonly CoordinatorLook[]> {
    const looks = await Promise.all(COORDINATORS.map((node) => this.#coordinator(node)));
    return looks.filter((look) => look !== undefined);
  }

  /** Kills all processes of coordinators, observers and the control node, and starts them again at once. */
  async restartCentral(): Promise<void> {
    const nodes = [...COORDINATORS, ...OBSERVERS, CONTROL];
    await this.#control.kill();
    await this.#kill(nodes);
    this.#start(nodes);
    this.#control.start(this.fabric);
  }

  /** Kills all processes of a hub, and starts them again at once. */
  async restartHub(hub: string): Promise<void> {
    await this.#kill([hub]);
    this.#start([hub]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control.kill();
    await this.fabric[Symbol.asyncDispose]();
    await this.lab.down();
  }

  async #up(): Promise<void> {
    const { lab, fabric, hubs } = this;
    for (const node of lab.nodeNames) for (const name of lab.processNames(node)) lab.start(node, name);
    await fabric.up();
    this.#control.start(fabric);
    await fabric.publish(hubs[0]!, [
      ...hubs.map((hub) => fabric.signRole(hub, "cluster", "relay")),
      ...COORDINATORS.map((node) => fabric.signRole(node, "cluster", "route-coordinator")),
      ...OBSERVERS.map((node) => fabric.signRole(node, "cluster", "observer")),
      fabric.signService(CONTROL_SERVICE, [CONTROL]),
    ]);
  }

  async #kill(nodes: readonly string[]): Promise<void> {
    const { lab, fabric } = this;
    const killed = nodes.flatMap((node) => [
      fabric.kill(node),
      ...lab.processNames(node).map((name) => lab.kill(node, name)),
    ]);
    await Promise.all(killed);
  }

  #start(nodes: readonly string[]): void {
    for (const node of nodes) {
      for (const name of this.lab.processNames(node)) this.lab.start(node, name);
      this.fabric.start(node);
    }
  }

  async #coordinator(node: string): Promise<CoordinatorLook | undefined> {
    const status = await requestAdmin(this.fabric.adminOf(node), "/status").catch(() => undefined);
    const { coordinator } = (status ?? { coordinator: null }) as { readonly coordinator: CoordinatorStatus | null };
    if (coordinator === null) return undefined;
    const { reports, reported, tooManyLetters } = coordinator;
    return { node, reports, taken: reported["taken"] ?? 0, tooManyLetters };
  }
}

interface CoordinatorStatus {
  readonly reports: number;
  readonly reported: Readonly<Record<string, number>>;
  readonly tooManyLetters: number;
}

function namesOf(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

function roleOf(node: string): Role {
  if (node === CONTROL) return "control";
  const roles: Readonly<Record<string, Role>> = { h: "hub", c: "coordinator", o: "observer" };
  return roles[node[0]!]!;
}
