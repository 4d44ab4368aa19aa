/** The nodes of a fleet: real agents over simulated vertices, some of them hostile. */
import type { Agent } from "@florenetes/fabric-flor/src/agent/agent.ts";
import type { LeaderOrder } from "@florenetes/fabric-flor/src/agent/leaders/leader-orders.ts";
import type { SimMesh, SimNode } from "@florenetes/fabric-flor/test/agent/simulated-nodes.ts";
import type { Random } from "@florenetes/simkit";
import { CapturedAgent } from "../facts/sim-agent.ts";
import type { SimAuthority } from "../facts/sim-authority.ts";
import type { FleetMeter } from "./fleet-meter.ts";
import type { FleetNet } from "./fleet-net.ts";
import type { FleetVertex } from "./fleet-vertex.ts";
import type { LeaderStore } from "./leader-store.ts";

/** Clocks and addresses are looked at so often, as by the driver of a real agent. */
const LOOK_MS = 1_000;
/** A look at the store, and an append, take so long. */
const STORE_MS = 4;

/** Hostile nodes differ: some drop all that they are to send on, or hold all back. */
const DROP_SHARES = [0, 0.1, 1] as const;
const HELD_BACK_SHARES = [0, 0.3, 1] as const;
/** The share of hostile hosts that answer nobody. */
const SILENT_SHARE = 0.5;

/** Agents that flood each other with records have a simulation of their own (`--facts`): here they do it now and then. */
const LIES_SELDOM = 10;

export interface FleetNodeOptions {
  readonly net: FleetNet;
  readonly store: LeaderStore;
  readonly random: Random;
  readonly authority: SimAuthority;
  readonly services: readonly string[];
  readonly meter: FleetMeter | undefined;
  /** Told of each node that has given leases as a coordinator, in the turn in which they leave. */
  readonly onLeases: (node: FleetNode) => void;
}

export class FleetNode extends CapturedAgent {
  readonly #net: FleetNet;
  readonly #store: LeaderStore;
  readonly #random: Random;
  readonly #meter: FleetMeter | undefined;
  readonly #onLeases: FleetNodeOptions["onLeases"];
  /** Leases that were given, by its agent's count, when it was looked last. */
  #given = 0;
  #looksAt = Number.NEGATIVE_INFINITY;
  /** The share of octets to neighbours that a hostile node holds back. */
  heldBackShare = 0;

  constructor(mesh: SimMesh, name: string, options: FleetNodeOptions) {
    const { net, store, random, authority, services, meter, onLeases } = options;
    super(mesh, name, random, authority, services);
    this.#net = net;
    this.#store = store;
    this.#random = random;
    this.#meter = meter;
    this.#onLeases = onLeases;
  }

  get fleetVertex(): FleetVertex {
    return this.vertex as FleetVertex;
  }

  /** Since when the agent runs; Infinity: it does not. */
  get runsSince(): number {
    return this.isRunning ? this.startedAt : Number.POSITIVE_INFINITY;
  }

  /** Kills the whole machine. */
  kill(): void {
    this.stop();
    this.fleetVertex.die();
  }

  /** The machine starts again, with what is on its disk. */
  boot(): void {
    this.fleetVertex.revive();
    this.start(false);
  }

  override start(root?: boolean): void {
    this.#looksAt = Number.NEGATIVE_INFINITY;
    super.start(root);
  }

  override do(act: (agent: Agent) => void): void {
    this.#measured(() =>
      super.do((agent) => {
        const { now } = this.at;
        if (now >= this.#looksAt) this.#look(agent, now);
        act(agent);
      }),
    );
  }

  override receive(stream: number, bytes: Uint8Array): void {
    this.#measured(() => super.receive(stream, bytes));
  }

  override accept(caller: SimNode, far: number): void {
    this.#measured(() => super.accept(caller, far));
  }

  /** From now on it lies on its streams and in its reports, holds back, drops what it is to send on, and ignores ends. */
  turnHostile(): void {
    const random = this.#random;
    const { fleetVertex } = this;
    fleetVertex.ignoresEnds = true;
    fleetVertex.lies = true;
    fleetVertex.dropShare = random.pick(DROP_SHARES);
    this.heldBackShare = random.pick(HELD_BACK_SHARES);
    fleetVertex.isSilent = random.chance(SILENT_SHARE);
    fleetVertex.handleRoutes();
    this.lie(LIES_SELDOM);
  }

  #measured(act: () => void): void {
    if (this.#meter === undefined) act();
    else this.#meter.run(this.name, act);
    const given = this.isRunning ? (this.agent.coordinator.work?.leases.given ?? 0) : 0;
    if (given === this.#given) return;
    this.#given = given;
    this.#onLeases(this);
  }

  #look(agent: Agent, now: number): void {
    this.#looksAt = now + LOOK_MS;
    agent.handleBootClock(this.fleetVertex.boot, this.at);
    const address = /\/\/([0-9.]+):/.exec(this.#net.endpointOf(this.name))![1]!;
    agent.handleAddresses([{ address, network: `${address}/24` }], this.at);
  }

  protected override performLeaders(order: LeaderOrder): void {
    const { agent } = this;
    this.mesh.scheduler.after(STORE_MS, () => {
      if (this.agent !== agent) return;
      const result =
        order.kind === "grant"
          ? ({ kind: "granted", isTaken: this.fleetVertex.performGrants(order) } as const)
          : this.#store.perform(order);
      this.do((agent) => agent.handleLeaders(result, this.at));
    });
  }

  protected override transmit(peer: SimNode, far: number, bytes: Uint8Array): void {
    const isLost = this.heldBackShare > 0 && this.#random.chance(this.heldBackShare);
    if (isLost || !this.fleetVertex.links.carries(peer.name)) return;
    this.#meter?.count(this.name, bytes);
    super.transmit(peer, far, bytes);
  }
}
