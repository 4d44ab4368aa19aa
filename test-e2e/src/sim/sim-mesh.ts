import type { CircleWatch } from "./circle-watch.ts";
import { CirclingPackets } from "./circling-packets.ts";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { PacketWatch } from "./packet-watch.ts";
import { leftoversOf } from "./leftovers.ts";
import type { SimEngineName } from "./sim-engine.ts";
import { nameOf } from "./sim-names.ts";
import { SimNetwork } from "./sim-network.ts";
import { SimNode } from "./sim-node.ts";
import { type PlannedTunnel, SimPlan } from "./sim-plan.ts";
import { SimWorld } from "./sim-world.ts";
import type { Talk } from "./talk.ts";

/** How often invariants are checked that are not held at every step. */
const LOOK_MS = 100;
const PROCESS_FAULT_PROBABILITY = 0.2;
/** How long a killed process stays away: less and more than its partner waits before it closes the links. */
const awayMs = [0, 500, 4_000];
/** How long a process stands still: unnoticed, within its partner's patience, and beyond it. */
const standsStillMs = [50, 600, 2_500];
/** How long FlorIO loses all frames: as long as a full socket does, or longer than a partner is patient. */
const cutMs = [50, 600, 2_000];

/** How a mesh is run, and who hears of its progress. */
export interface SimOptions {
  readonly engine: SimEngineName;
  /** Takes what the processes log. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** The virtual time has moved. */
  readonly onProgress?: (now: number) => void;
}

/** Whether link vertices forward transit: in half of the meshes, whatever their number of nodes. */
function isOffloaded(seed: number): boolean {
  return Math.floor(seed / 8) % 2 === 0;
}

/** A mesh in virtual time. */
export class SimMesh {
  readonly world: SimWorld;
  readonly plan: SimPlan;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly conversations: Conversations;
  readonly circles: CircleWatch;
  readonly circling: CirclingPackets;
  restarts = 0;
  readonly #onProgress: ((now: number) => void) | undefined;

  constructor(seed: number, nodes: number, { engine, onLine, onProgress }: SimOptions) {
    this.#onProgress = onProgress;
    this.world = new SimWorld(seed, engine, onLine);
    this.plan = new SimPlan(nodes, this.world.random, isOffloaded(seed));
    this.network = new SimNetwork(this.world);
    this.conversations = new Conversations(this.world.scheduler);
    const { world, plan, network, conversations } = this;
    const watch = new PacketWatch(plan);
    const shared = { plan, network, conversations, watch };
    this.nodes = Array.from({ length: nodes }, (_, node) => new SimNode(world, node, shared));
    this.circles = watch.circles;
    this.circling = new CirclingPackets(world, plan, this.nodes, watch.circles);
  }

  /** Has the invariants that are not held at every step be checked from now on. */
  keepLooking(): void {
    const { scheduler } = this.world;
    this.#onProgress?.(scheduler.now);
    for (const node of this.nodes) node.look(scheduler.now);
    scheduler.after(LOOK_MS, () => this.keepLooking());
  }

  /** All that nodes still hold and do not need any more. */
  get leftovers(): string[] {
    return this.nodes.flatMap((node, index) => leftoversOf(index, node, this.plan));
  }

  /** Links that are not up at both ends. */
  get linksDown(): string[] {
    return this.plan.links.flatMap((links, node) =>
      links.flatMap(({ peer }, link) =>
        this.nodes[node]!.cluster.vertex?.connection.links.isUp(link) === true
          ? []
          : [`link ${nameOf(node)}-${nameOf(peer)}`],
      ),
    );
  }

  /** Vertices whose counts still have bytes of streams. */
  get charged(): string[] {
    return this.nodes.flatMap(({ cluster }, node) =>
      cluster.vertex?.transport.budget.held === 0 ? [] : [nameOf(node)],
    );
  }

  /** Has something happen to the network, and now and then to a process or between two of them. */
  disturb(): void {
    const { random, scheduler } = this.world;
    this.network.disturb();
    if (!random.chance(PROCESS_FAULT_PROBABILITY)) return;
    const { processes, portals } = random.pick(this.nodes);
    const process = random.pick(processes);
    const { wire } = random.pick(portals);
    const kind = random.pick(["kill", "stop", "cut"] as const);
    switch (kind) {
      case "kill":
        this.restarts++;
        process.kill();
        scheduler.after(random.pick(awayMs), () => process.start());
        break;
      case "stop":
        process.standStill(random.pick(standsStillMs));
        break;
      case "cut":
        wire.isCut = true;
        scheduler.after(random.pick(cutMs), () => (wire.isCut = false));
        break;
    }
  }

  /** Ends all faults, and has every process run. */
  heal(): void {
    this.network.heal();
    for (const { processes, portals } of this.nodes) {
      for (const process of processes) process.start();
      for (const { wire } of portals) wire.isCut = false;
    }
  }

  /** Has a workload use a tunnel. Undefined: the tunnel has no listener. */
  use(tunnel: PlannedTunnel, talk: Talk): Conversation | undefined {
    return this.nodes[tunnel.from]!.cluster.vertex?.connect(tunnel, talk);
  }
}
