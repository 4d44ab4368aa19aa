import assert from "node:assert";
import { Channel } from "@florenetes/simkit";
import { EchoClient } from "./echo.ts";
import { addressOf, nameOf, nodeAt } from "./sim-names.ts";
import { keyOf, SimNode } from "./sim-node.ts";
import { type PlannedTunnel, SimPlan } from "./sim-plan.ts";
import { SimWorld } from "./sim-world.ts";

/** How long faults happen, and how long all may take to be well after the last of them, in milliseconds. */
const faultsMs = 30_000;
const recoveryMs = 30_000;
/** How often something happens. */
const happeningMs = 500;

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
  readonly nodes: SimNode[];
  readonly clients: EchoClient[] = [];
  restarts = 0;
  readonly #channels = new Map<string, Channel<Uint8Array>>();

  constructor(seed: number, nodes: number) {
    this.world = new SimWorld(seed);
    this.plan = new SimPlan(nodes, this.world.random);
    this.nodes = Array.from({ length: nodes }, (_, node) => this.#start(node));
  }

  get packets(): number {
    return [...this.#channels.values()].reduce((sum, { counters }) => sum + counters.sent, 0);
  }

  /** Links of which one end is not up. */
  get linksDown(): string[] {
    return this.plan.links.flatMap((links, node) =>
      links.flatMap(({ peer }, link) =>
        this.nodes[node]!.links.isUp(link) ? [] : [`${nameOf(node)}-${nameOf(peer)}`],
      ),
    );
  }

  restart(node: number): void {
    this.restarts++;
    this.nodes[node]!.kill();
    this.nodes[node] = this.#start(node);
  }

  /** One channel does as chance will have it from now on, or is well again. */
  disturb(): void {
    const { random } = this.world;
    const channels = [...this.#channels.values()];
    if (channels.length === 0) return;
    const { faults } = random.pick(channels);
    faults.lossProbability = random.pick([0, 0.02, 0.2]);
    faults.duplicateProbability = random.pick([0, 0.05]);
    faults.delayMsMax = faults.delayMsMin + random.pick([0, 5, 50]);
    faults.isCut = random.chance(0.1);
  }

  heal(): void {
    for (const { faults } of this.#channels.values()) {
      Object.assign(faults, {
        lossProbability: 0,
        duplicateProbability: 0,
        delayMsMax: faults.delayMsMin,
        isCut: false,
      });
    }
  }

  /** A workload uses a tunnel. */
  use(tunnel: PlannedTunnel): EchoClient {
    const { random } = this.world;
    const client = new EchoClient(random.bytes(random.pick([0, 1, 3_000, 100_000])), keyOf(tunnel.to));
    const own = this.plan.tunnels.filter(({ from }) => from === tunnel.from);
    this.nodes[tunnel.from]!.connect(own.indexOf(tunnel), client);
    this.clients.push(client);
    return client;
  }

  #start(node: number): SimNode {
    return new SimNode(this.world, this.plan, node, (bytes, to) => this.#channel(node, nodeAt(to.host)).send(bytes));
  }

  #channel(from: number, to: number): Channel<Uint8Array> {
    const key = `${from} ${to}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const { scheduler, random } = this.world;
    const delayMs = random.pick([0.2, 2, 20]);
    const channel = new Channel<Uint8Array>(
      scheduler,
      random,
      { delayMsMin: delayMs, delayMsMax: delayMs },
      (bytes) => {
        this.nodes[to]!.links.handleDatagram(bytes, { host: addressOf(from), port: 4_433 });
      },
    );
    this.#channels.set(key, channel);
    return channel;
  }
}

/**
 * Runs one mesh: for half a minute its channels lose, delay, double and cut what they carry, its nodes are killed and started, and
 * workloads use its tunnels. Then all of that stops, and within half a minute every link is up and every tunnel works.
 *
 * @throws AssertionError where a byte is not what it should be, or at the end something does not work
 */
export function runMesh(seed: number, nodes: number): SimReport {
  const mesh = new SimMesh(seed, nodes);
  const { scheduler, random } = mesh.world;
  const { tunnels } = mesh.plan;
  const endsAt = scheduler.now + faultsMs;
  const happen = (): void => {
    if (scheduler.now >= endsAt) return;
    mesh.disturb();
    if (random.chance(0.1)) mesh.restart(random.below(nodes));
    if (tunnels.length > 0) mesh.use(random.pick(tunnels));
    scheduler.after(random.next() * happeningMs, happen);
  };
  scheduler.after(happeningMs, happen);
  scheduler.runUntil(endsAt);
  mesh.heal();

  const healsBy = endsAt + recoveryMs;
  while (mesh.linksDown.length > 0) {
    assert(scheduler.now < healsBy, `still down ${recoveryMs} ms after the last fault: ${mesh.linksDown.join(", ")}`);
    scheduler.runFor(100);
  }
  for (const tunnel of tunnels) {
    let client = mesh.use(tunnel);
    while (client.state !== "done") {
      const text = `tunnel ${nameOf(tunnel.from)} to ${nameOf(tunnel.to)}`;
      assert(scheduler.now < healsBy, `${text} does not work ${recoveryMs} ms after the last fault`);
      if (client.state === "reset") client = mesh.use(tunnel);
      scheduler.runFor(100);
    }
  }
  const count = (state: EchoClient["state"]): number => mesh.clients.filter((client) => client.state === state).length;
  return { done: count("done"), reset: count("reset"), packets: mesh.packets, restarts: mesh.restarts };
}
