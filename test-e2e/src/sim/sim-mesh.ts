import assert from "node:assert";
import type { Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import { PacketWatch } from "./packet-watch.ts";
import { leftoversOf } from "./leftovers.ts";
import { nameOf } from "./sim-names.ts";
import { SimNetwork } from "./sim-network.ts";
import { SimNode } from "./sim-node.ts";
import { type PlannedTunnel, SimPlan } from "./sim-plan.ts";
import { SimWorld } from "./sim-world.ts";
import { dearTalk, pickTalks, shortTalk, type Talk } from "./talk.ts";

/** How long faults happen, in milliseconds. */
const faultsMs = [1_000, 3_000, 6_000];
/** How long nothing happens, at most, in a mesh of four nodes or fewer. In a larger one more happens, but not to each node as much. */
const HAPPENING_MS_MAX = 200;
/** How long all may take to be well after the last fault. */
const RECOVERY_MS = 30_000;
/** How often the invariants that are not held at every step are looked after, and whether all is well again. */
const LOOK_MS = 100;
/** How long a node may hold what nothing asks for: a connection whose end was lost is ended by a minute of silence. */
const FORGOTTEN_WITHIN_MS = 75_000;
/** How many meshes are run for so long. */
const FORGET_PROBABILITY = 0.25;
const PROCESS_FAULT_PROBABILITY = 0.2;
const USE_PROBABILITY = 0.4;
/** Probability that much is said once all is well. */
const DEAR_PROBABILITY = 0.3;
/** How long a killed process stays away: less and more than its partner waits before it closes the links. */
const awayMs = [0, 500, 4_000];
/** How long a process stands still: unnoticed, within its partner's patience, and beyond it. */
const standsStillMs = [50, 600, 2_500];
/** How long FlorIO loses all that it is given: as a socket does that is full, or longer than a partner is patient. */
const cutMs = [50, 600, 2_000];

export interface SimReport {
  /** Workloads that got their whole answer, and those that were reset while faults happened. */
  readonly done: number;
  readonly reset: number;
  readonly packets: number;
  readonly restarts: number;
}

/** A mesh in virtual time. */
class SimMesh {
  readonly world: SimWorld;
  readonly plan: SimPlan;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly conversations: Conversations;
  restarts = 0;

  constructor(seed: number, nodes: number, onLine: ((line: string) => void) | undefined) {
    this.world = new SimWorld(seed, onLine);
    this.plan = new SimPlan(nodes, this.world.random);
    this.network = new SimNetwork(this.world);
    this.conversations = new Conversations(this.world.scheduler);
    const { world, plan, network, conversations } = this;
    const shared = { plan, network, conversations, watch: new PacketWatch(plan) };
    this.nodes = Array.from({ length: nodes }, (_, node) => new SimNode(world, node, shared));
  }

  /** From now on the invariants that are not held at every step are looked after. */
  keepLooking(): void {
    const { scheduler } = this.world;
    for (const node of this.nodes) node.look(scheduler.now);
    scheduler.after(LOOK_MS, () => this.keepLooking());
  }

  /** All that nodes hold and that nothing asks for any more. */
  get leftovers(): string[] {
    return this.nodes.flatMap((node, index) => leftoversOf(index, node, this.plan));
  }

  /** Links of which one end is not up. */
  get linksDown(): string[] {
    return this.plan.links.flatMap((links, node) =>
      links.flatMap(({ peer }, link) =>
        this.nodes[node]!.cluster.vertex?.connection.links.isUp(link) === true
          ? []
          : [`link ${nameOf(node)}-${nameOf(peer)}`],
      ),
    );
  }

  /** Vertices that count bytes of streams. */
  get charged(): string[] {
    return this.nodes.flatMap(({ cluster }, node) =>
      cluster.vertex?.transport.budget.held === 0 ? [] : [nameOf(node)],
    );
  }

  /** Something happens to the network, and now and then to a process or between two of them. */
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

  /** No faults any more, and every process runs. */
  heal(): void {
    this.network.heal();
    for (const { processes, portals } of this.nodes) {
      for (const process of processes) process.start();
      for (const { wire } of portals) wire.isCut = false;
    }
  }

  /** A workload uses a tunnel. Undefined: nobody listens. */
  use(tunnel: PlannedTunnel, talk: Talk): Conversation | undefined {
    return this.nodes[tunnel.from]!.cluster.vertex?.connect(tunnel, talk);
  }
}

/**
 * Runs one mesh: for some seconds its channels lose, delay, double and cut what they carry, its processes are killed, started and
 * stand still, FlorIO loses what it carries, and workloads use its tunnels. Then all of that stops, and within half a minute
 * every link is up and every tunnel works.
 *
 * @param onLine takes what the processes log
 * @throws AssertionError where a byte is not what it should be, the two programs of a node disagree, or at the end something does
 * not work
 */
export function runMesh(seed: number, nodes: number, onLine?: (line: string) => void): SimReport {
  const mesh = new SimMesh(seed, nodes, onLine);
  const { scheduler, random } = mesh.world;
  const endsAt = scheduler.now + random.pick(faultsMs);
  const happen = (): void => {
    if (scheduler.now >= endsAt) return;
    mesh.disturb();
    if (random.chance(USE_PROBABILITY)) {
      const tunnel = random.pick(mesh.plan.tunnels);
      for (const talk of pickTalks(random)) mesh.use(tunnel, talk);
    }
    scheduler.after(random.next() * HAPPENING_MS_MAX * Math.min(1, Math.sqrt(4 / nodes)), happen);
  };
  happen();
  mesh.keepLooking();
  scheduler.runUntil(endsAt);
  mesh.heal();
  untilWhole(mesh);
  for (const { cluster } of mesh.nodes) cluster.vertex!.checkCounts();
  const { conversations, network, restarts } = mesh;
  const done = conversations.count(({ isDone }) => isDone);
  const reset = conversations.count(({ client }) => client.state === "reset");
  return { done, reset, packets: network.packets, restarts };
}

/**
 * Waits until every link is up, a workload of every tunnel got its whole answer, and all workloads know that they are done or cut; in
 * some meshes also until nothing is left of what has happened.
 */
function untilWhole(mesh: SimMesh): void {
  const { scheduler, random } = mesh.world;
  const healedAt = scheduler.now;
  const wait = (waitingFor: () => readonly string[], withinMs = RECOVERY_MS): void => {
    for (let missing = waitingFor(); missing.length > 0; missing = waitingFor()) {
      const text = `${withinMs} ms after the last fault there is still no ${missing.join(", no ")}`;
      assert(scheduler.now < healedAt + withinMs, text);
      scheduler.runFor(LOOK_MS);
    }
  };
  wait(() => mesh.linksDown);
  const useful = mesh.plan.tunnels.filter((tunnel) => mesh.plan.isUseful(tunnel));
  let users = useful.map((tunnel) => ({ tunnel, last: mesh.use(tunnel, shortTalk(random)) }));
  wait(() => {
    users = users.filter(({ last }) => last?.isDone !== true);
    for (const user of users) if (user.last?.isOver !== false) user.last = mesh.use(user.tunnel, shortTalk(random));
    return users.map(({ tunnel: { from, service } }) => `answer through the tunnel ${nameOf(from)} to ${service.name}`);
  });
  if (random.chance(DEAR_PROBABILITY)) mesh.use(random.pick(useful), dearTalk(random));
  wait(() => mesh.conversations.open.map((conversation) => `end of ${conversation}`));
  wait(() => mesh.charged.map((vertex) => `release of all that streams were charged for on ${vertex}`));
  if (random.chance(FORGET_PROBABILITY))
    wait(() => mesh.leftovers.map((leftover) => `end of ${leftover}`), FORGOTTEN_WITHIN_MS);
}
