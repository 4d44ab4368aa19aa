/** A whole fleet: its plan carried out. Nodes know the root and seeds at first, and all else comes to them. */
import type { AgentOptions } from "@florenetes/fabric-flor/src/agent/agent.ts";
import type { View } from "@florenetes/fabric-flor/src/agent/door/view.ts";
import { SimMesh } from "@florenetes/fabric-flor/test/agent/simulated-nodes.ts";
import { Random } from "@florenetes/simkit";
import { seededKey, SimAuthority } from "../facts/sim-authority.ts";
import type { FleetMeter } from "./fleet-meter.ts";
import { FleetNet } from "./fleet-net.ts";
import { FleetNode, type FleetNodeOptions } from "./fleet-node.ts";
import { type FleetPlan, LED_SERVICE, planFleet } from "./fleet-plan.ts";
import { FleetVertex, type FleetVertexOptions } from "./fleet-vertex.ts";
import { LeaderStore } from "./leader-store.ts";

/** A full hour comes while there is trouble: shares turn. */
const STARTS_AT: number = Date.parse("2026-11-25T11:57:00.000Z");
const BORN_MS = 600_000;
const SEEDS = 8;
/** The offer of a relay, in kbit/s: each origin asks for 100,000. */
const RATE = 10_000_000;
const STEPS_MAX = 2_000_000_000;
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"] as const;

/** Told of all that happens to packets, grants and leases. */
export type FleetWatch = Pick<FleetVertexOptions, "onForward" | "onWalk" | "onSwitch" | "onGrants"> &
  Pick<FleetNodeOptions, "onLeases">;

export interface FleetOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Between two packets of an origin. */
  readonly packetMs: number;
  /** Default: a fifth of the nodes is hostile. */
  readonly isPeaceful?: boolean;
  /** Measures what agents cost; default: nobody does. */
  readonly meter?: FleetMeter;
}

export class Fleet {
  readonly plan: FleetPlan;
  readonly random: Random;
  readonly authority: SimAuthority = new SimAuthority(STARTS_AT - BORN_MS);
  readonly net: FleetNet;
  readonly store: LeaderStore = new LeaderStore();
  readonly mesh: SimMesh;
  readonly nodes: readonly FleetNode[];
  readonly honest: readonly FleetNode[];
  readonly hostile: ReadonlySet<string>;

  constructor({ seed, nodes, packetMs, isPeaceful = false, meter }: FleetOptions, watch: FleetWatch) {
    const { onLeases, ...vertexWatch } = watch;
    this.plan = planFleet(seed, nodes);
    this.random = new Random(seed ^ 0xf1ee7);
    this.hostile = isPeaceful ? new Set() : this.plan.hostile;
    this.net = new FleetNet(this.plan.delayMs);
    const { services, wants, coordinators } = this.plan;
    const byHost = new Map<string, string[]>();
    for (const [service, hosts] of services)
      for (const host of hosts) byHost.set(host, [...(byHost.get(host) ?? []), service]);
    const vertexOptions: Omit<FleetVertexOptions, "random" | "led" | "relay" | "shares"> = {
      links: [],
      services: Object.fromEntries(byHost),
      wants: Object.fromEntries(wants),
      net: this.net,
      packetMs,
      ...vertexWatch,
    };
    const nodeOptions = {
      net: this.net,
      store: this.store,
      authority: this.authority,
      services: [...services.keys()],
      meter,
      onLeases,
    };
    this.mesh = new SimMesh({
      cluster: this.authority,
      startsAt: STARTS_AT,
      links: [],
      names: this.plan.nodes,
      coordinators,
      delayMs: this.plan.delayMs,
      keyOf: seededKey,
      stepsMax: STEPS_MAX,
      agentOptions: (name) => this.#agentOptions(name),
      makeVertex: (node) => {
        const led = (byHost.get(node.name) ?? []).filter((service) => service === LED_SERVICE);
        const random = new Random(this.random.below(2 ** 32));
        const own = { random, led, relay: this.#offerOf(node.name), shares: !this.plan.older.has(node.name) };
        return new FleetVertex(node, { ...vertexOptions, ...own });
      },
      makeNode: (mesh, name) =>
        new FleetNode(mesh, name, { ...nodeOptions, random: new Random(this.random.below(2 ** 32)) }),
    });
    this.nodes = [...this.mesh.nodes.values()] as FleetNode[];
    this.honest = this.nodes.filter(({ name }) => !this.hostile.has(name));
  }

  get now(): number {
    return this.mesh.scheduler.now;
  }

  get wall(): number {
    return STARTS_AT + this.now;
  }

  node(name: string): FleetNode {
    return this.mesh.node(name) as FleetNode;
  }

  /** Starts all nodes, and gives each its papers and the seeds, as an operator does. */
  start(): void {
    const { clockAheadMs, coordinators, relays, services } = this.plan;
    for (const node of this.nodes) node.clockAheadMs = clockAheadMs.get(node.name)!;
    this.mesh.start();
    const seeds = this.#seeds();
    for (const node of this.nodes) {
      node.take(seeds);
      this.enroll(node);
    }
    const first = this.node(coordinators[0]!);
    first.take(this.authority.record({ kind: "policy", subject: "cluster", body: {} }, this.#issued));
    for (const name of relays) first.take(this.#role(name, "relay"));
    for (const name of coordinators) first.take(this.#role(name, "route-coordinator"));
    for (const service of services.keys()) first.take(this.service(service));
  }

  enroll(node: FleetNode): void {
    const organization = this.plan.organizations.get(node.name)!;
    const body = { key: node.key.key, organization, partition: "north", "trust-tier": 1 };
    node.take(this.authority.record({ kind: "node", subject: node.name, body }, this.#issued));
  }

  /** Nodes that are hostile begin to be so. */
  corrupt(): void {
    for (const node of this.nodes) if (this.hostile.has(node.name)) node.turnHostile();
  }

  /** The next record of a service. */
  service(name: string): Buffer {
    const hosts = this.plan.services.get(name)!.map((node) => ({ node, priority: 1, weight: 1 }));
    const mode = name === LED_SERVICE ? "leader" : "active-active";
    const body = { aliases: [], mode, classes: ["reliable"], hosts };
    return this.authority.record({ kind: "service", subject: name, body }, this.#issued);
  }

  /** Clocks of nodes are behind, perhaps: no record is of the future for them. */
  get #issued(): number {
    return this.wall - BORN_MS;
  }

  #role(name: string, role: string): Buffer {
    const body = { actions: ["serve"], services: [], depth: 0 };
    return this.authority.record({ kind: "role", subject: `${name}/${role}/north`, body }, this.#issued);
  }

  #seeds(): Buffer {
    const named = this.plan.relays.slice(-SEEDS).map((node) => ({
      node,
      key: this.node(node).key.key,
      endpoints: [this.#endpointOf(node)],
    }));
    return this.authority.record({ kind: "seeds", subject: "seeds", body: { seeds: named } }, this.#issued);
  }

  #endpointOf(name: string): NonNullable<AgentOptions["endpoints"]>[number] {
    const endpoint = this.net.endpointOf(name);
    return { id: "main", endpoint, carrier: "quic", reach: "public", priority: 0, weight: 0 };
  }

  #agentOptions(name: string): Partial<AgentOptions> {
    const { relays, coordinators } = this.plan;
    return {
      ...(relays.includes(name) && { endpoints: [this.#endpointOf(name)] }),
      ...(coordinators.includes(name) && { leaders: { partition: "north" } }),
    };
  }

  /** A hostile relay offers more than there is. */
  #offerOf(name: string): View["relay"] {
    if (!this.plan.relays.includes(name)) return null;
    return { classes: CLASSES, rate: this.hostile.has(name) ? 100 * RATE : RATE };
  }
}
