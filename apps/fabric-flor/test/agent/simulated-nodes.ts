/** Nodes in virtual time: real agents, each with a cluster vertex that knows doors, links and handshakes, and nothing else. */
import { hash } from "node:crypto";
import { Scheduler } from "@florenetes/simkit";
import type { AgentNews, AgentOrder } from "../../src/agent/agent-orders.ts";
import { Agent, type AgentOptions } from "../../src/agent/agent.ts";
import type { ViewLink } from "../../src/agent/door/view.ts";
import type { LeaderOrder } from "../../src/agent/leaders/leader-orders.ts";
import type { Moment } from "../../src/agent/moment.ts";
import type { OrderWork } from "../../src/agent/orders/order-work.ts";
import type { Way } from "../../src/agent/plan/ways.ts";
import type { KeptRoutes } from "../../src/agent/routes/kept-routes.ts";
import { type DemoCluster, newKey, type TestKey } from "../demo-records.ts";
import type { SimStream } from "./simulated-stream.ts";
import { SimState } from "./simulated-state.ts";
import { SimVertex } from "./simulated-vertex.ts";

const LATENCY_MS = 5;
const HASH_SIZE = 32;

export interface SimOptions {
  readonly cluster: Pick<DemoCluster, "root" | "fingerprint">;
  /** Milliseconds since 1970 at the beginning. */
  readonly startsAt: number;
  /** Pairs of neighbours. */
  readonly links: readonly (readonly [string, string])[];
  /** Nodes; default: those that have links. */
  readonly names?: readonly string[];
  /** Names of services at their hosts. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
  /** Names of services that tunnels of nodes want. */
  readonly wants?: Readonly<Record<string, readonly string[]>>;
  readonly ways?: Readonly<Record<string, Readonly<Record<string, Way>>>>;
  /** Nodes that coordinate the partition `north`, where records let them. */
  readonly coordinators?: readonly string[];
  /** How long octets are under way between two neighbours; default: 5 ms. */
  readonly delayMs?: (one: string, other: string) => number;
  /** The key of a node; default: a new one. */
  readonly keyOf?: (name: string) => TestKey;
  /** Default: an honest node. */
  readonly makeNode?: (mesh: SimMesh, name: string) => SimNode;
  /** Default: a vertex whose links are there from the beginning. */
  readonly makeVertex?: (node: SimNode) => SimVertex;
  /** Options of a node's agent beyond those that all have. */
  readonly agentOptions?: (name: string) => Partial<AgentOptions>;
  /** Actions of the whole mesh, after which it counts as one that hangs. */
  readonly stepsMax?: number;
}

export class SimMesh {
  readonly scheduler: Scheduler;
  readonly nodes = new Map<string, SimNode>();
  readonly options: SimOptions;

  constructor(options: SimOptions) {
    this.options = options;
    this.scheduler = new Scheduler({ stepsMax: options.stepsMax ?? 5_000_000 });
    const { makeNode = (mesh, name) => new SimNode(mesh, name) } = options;
    for (const name of options.names ?? new Set(options.links.flat())) this.nodes.set(name, makeNode(this, name));
  }

  node(name: string): SimNode {
    return this.nodes.get(name)!;
  }

  start(): this {
    for (const node of this.nodes.values()) node.start();
    return this;
  }

  /** Lets time pass until it is so; fails when it is not after so long. */
  until(what: string, isSo: () => boolean, withinMs = 60_000): number {
    const { scheduler } = this;
    const beganAt = scheduler.now;
    while (!isSo()) {
      if (scheduler.now - beganAt >= withinMs) throw new Error(`after ${withinMs} ms it is not so that ${what}`);
      scheduler.runFor(10);
    }
    return scheduler.now - beganAt;
  }

  runFor(durationMs: number): void {
    this.scheduler.runFor(durationMs);
  }

  /** Breaks or mends the links between two nodes. */
  setLink(one: string, other: string, state: ViewLink["state"]): void {
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      const node = this.node(here);
      node.vertex.change({
        links: node.vertex.view.links.map((link) => (link.peer === there ? { ...link, state } : link)),
      });
      node.breakStreams(there);
    }
  }
}

export class SimNode {
  readonly name: string;
  readonly key: TestKey;
  readonly mesh: SimMesh;
  readonly vertex: SimVertex;
  readonly news: AgentNews[] = [];
  /** The disk takes no marks of orders. */
  failsToKeep = false;
  /** The disk takes so long for a mark, in milliseconds. */
  keepsForMs = 0;
  /** The agent ends when the next mark is on the disk. */
  endsAtKeep = false;
  /** Orders that update-flor was given. */
  readonly handedOver: OrderWork[] = [];
  readonly programLetters: Extract<AgentOrder, { kind: "letters" }>["order"][] = [];
  /** Bytes that this agent has sent. */
  sent = 0;
  /** Wall clock of this node less the true one. */
  clockAheadMs = 0;
  agent!: Agent;
  isRunning = false;
  #state = new SimState();
  #databaseId: string;
  #lives = 0;
  /** How often random octets were drawn. */
  #drawn = 0;
  #streams = new Map<number, SimStream<SimNode>>();
  #timer: (() => void) | undefined;
  #timerAt = Number.NaN;

  constructor(mesh: SimMesh, name: string) {
    this.mesh = mesh;
    this.name = name;
    this.key = (mesh.options.keyOf ?? newKey)(name);
    this.vertex = mesh.options.makeVertex?.(this) ?? new SimVertex(this, mesh.options);
    this.#databaseId = Buffer.from(name.padEnd(16, "-")).toString("hex").slice(0, 32);
  }

  /** Rows of a coordinator that are kept over a restart, by their names. */
  get leases(): Map<string, string> {
    return this.#state.leases;
  }

  /** Leases and permits that are kept over a restart. */
  get keptRoutes(): KeptRoutes {
    return this.#state.routes;
  }

  get at(): Moment {
    const { now } = this.mesh.scheduler;
    // Wall clocks tell whole milliseconds.
    return { now, wall: Math.floor(this.mesh.options.startsAt + now + this.clockAheadMs) };
  }

  start(root: boolean = true): void {
    const { cluster, ways = {}, coordinators = [], agentOptions } = this.mesh.options;
    this.#lives++;
    this.isRunning = true;
    this.#streams = new Map();
    const options = {
      cluster: "demo",
      node: this.name,
      fingerprint: cluster.fingerprint,
      development: false,
      key: this.key,
      software: { version: "1.2.3" },
      life: { startedAt: this.at.wall, id: this.#lives.toString(16).padStart(16, "0") },
      databaseId: this.#databaseId,
      randomBytes: (size: number) => this.#randomBytes(size),
      ways: new Map(Object.entries(ways[this.name] ?? {})),
      ...(coordinators.includes(this.name) && { coordinator: { partition: "north" } }),
      ...agentOptions?.(this.name),
    };
    this.agent = new Agent(options, this.#state.read(), this.at);
    if (root) this.agent.handleRecords([cluster.root], this.at);
    this.#settle();
  }

  stop(): void {
    this.isRunning = false;
    this.#timer?.();
    this.#timerAt = Number.NaN;
    for (const { peer, far } of this.#streams.values()) {
      if (far !== undefined) this.#later(this.#delayTo(peer), () => peer.lose(far, "the agent is gone"));
    }
    this.#streams = new Map();
  }

  /** Loses all that the agent has kept but its key. */
  loseState(): void {
    this.#state = new SimState();
    this.#databaseId = Buffer.from(`${this.name}${this.#lives}`.padEnd(16, "-")).toString("hex").slice(0, 32);
  }

  /** Leaves a text in the place of the marks of orders that is none. */
  damageOrders(): void {
    this.#state.orders = "{";
  }

  /** Loses the leases and permits that it holds. */
  loseRoutes(): void {
    this.#state.routes = { leases: [], permits: [] };
  }

  take(...records: readonly Uint8Array[]): string[] {
    const judgements = this.agent.handleRecords(records, this.at);
    this.#settle();
    return judgements.map((judgement) => (judgement.isAccepted ? "taken" : judgement.reason));
  }

  /** The host to which new streams for a service go; undefined: none. */
  leads(service: string): string | undefined {
    return this.vertex.auto(service)?.path?.slice(`auto.${service}.`.length);
  }

  do(act: (agent: Agent) => void): void {
    if (!this.isRunning) return;
    act(this.agent);
    this.#settle();
  }

  /** The peer's end of a stream sends. */
  receive(stream: number, bytes: Uint8Array): void {
    this.#streams.get(stream)?.waiting.push(bytes);
    this.#readOn(stream);
    this.#settle();
  }

  lose(stream: number, fault: string): void {
    if (!this.#streams.delete(stream)) return;
    this.do((agent) => agent.handleClosed(stream, fault, this.at));
  }

  breakStreams(peer: string): void {
    for (const [stream, { peer: far }] of this.#streams) if (far.name === peer) this.lose(stream, "the link broke");
  }

  accept(caller: SimNode, far: number): void {
    const stream = this.isRunning ? this.agent.handleAccepted(`service/fabric.${caller.name}`, this.at) : undefined;
    if (stream === undefined) return this.#later(this.#delayTo(caller), () => caller.lose(far, "nobody takes it"));
    this.#streams.set(stream, { peer: caller, far, isServed: true, waiting: [] });
    this.#later(this.#delayTo(caller), () => {
      if (!caller.handleAccepted(far, stream)) this.lose(stream, "the caller has gone");
    });
    this.#settle();
  }

  /** The peer has accepted a stream. False: it is there no more. */
  handleAccepted(stream: number, far: number): boolean {
    const found = this.#streams.get(stream);
    if (found === undefined) return false;
    found.far = far;
    this.#flush(stream);
    this.#settle();
    return true;
  }

  /** Streams whose other end is known. */
  protected *joinedStreams(): Generator<SimStream<SimNode> & { readonly far: number }, void> {
    for (const stream of this.#streams.values()) {
      const { far } = stream;
      if (far !== undefined) yield { ...stream, far };
    }
  }

  /** Octets of a stream that have come, and that the agent does not read yet. */
  waitingOctets(stream: number): number {
    return this.#streams.get(stream)?.waiting.reduce((sum, { length }) => sum + length, 0) ?? 0;
  }

  /** Sends octets to the peer's end of a stream. */
  protected transmit(peer: SimNode, far: number, bytes: Uint8Array): void {
    this.sent += bytes.length;
    this.#later(this.#delayTo(peer), () => peer.receive(far, bytes));
  }

  /** Does what the room of leaders says; default: nobody does. */
  protected performLeaders(_order: LeaderOrder): void {}

  /** The agent reads so many octets of a neighbour. */
  protected handleRead(_peer: string, _octets: number): void {}

  /** Octets that are the same in each run, and never again in it. */
  #randomBytes(size: number): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(size / HASH_SIZE) }, () =>
      hash("sha256", `${this.name} ${++this.#drawn}`, "buffer"),
    );
    return Buffer.concat(blocks).subarray(0, size);
  }

  #settle(): void {
    if (!this.isRunning) return;
    for (let order = this.agent.pollOrder(); order !== undefined; order = this.agent.pollOrder()) this.#perform(order);
    const due = this.agent.nextTimeout(this.at) + 1;
    if (due === this.#timerAt) return;
    this.#timer?.();
    this.#timerAt = due;
    this.#timer = this.mesh.scheduler.at(due, () => {
      this.#timerAt = Number.NaN;
      this.do((agent) => agent.handleTimeout(this.at));
    });
  }

  #perform(order: AgentOrder): void {
    switch (order.kind) {
      case "ask":
        return this.vertex.ask(order.request);
      case "open": {
        const { stream, link } = order;
        const found = this.vertex.view.links.find(({ name }) => name === link);
        if (found?.state !== "up")
          return this.#later(0, () => this.do((agent) => agent.handleClosed(stream, "the link is down", this.at)));
        const peer = this.mesh.node(found.peer);
        this.#streams.set(stream, { peer, far: undefined, isServed: false, waiting: [] });
        return this.#later(this.#delayTo(peer), () => peer.accept(this, stream));
      }
      case "flush":
        this.#readOn(order.stream);
        return this.#flush(order.stream);
      case "reset": {
        const found = this.#streams.get(order.stream);
        this.#streams.delete(order.stream);
        const { far, peer } = found ?? {};
        if (far !== undefined) this.#later(this.#delayTo(peer!), () => peer!.lose(far, order.text));
        return undefined;
      }
      case "store":
      case "keep":
      case "keep-leases":
      case "keep-routes":
      case "keep-usage":
      case "keep-outcomes":
      case "keep-links":
        return this.#state.perform(order);
      case "order":
        return this.performOrder(order.work);
      case "leaders":
        return this.performLeaders(order.order);
      case "letters":
        return void this.programLetters.push(order.order);
      case "tell":
        this.news.push(order.news);
    }
  }

  /** Writes down which orders were taken, and says so in a turn of its own. What is handed over is for a test to answer. */
  protected performOrder(work: OrderWork): void {
    if (work.kind !== "keep") return void this.handedOver.push(work);
    const fault = this.failsToKeep ? { text: "the disk is full" } : undefined;
    if (fault === undefined) this.#state.orders = work.text;
    const { agent } = this;
    this.mesh.scheduler.after(this.keepsForMs, () => {
      if (this.agent !== agent) return;
      if (this.endsAtKeep) {
        this.endsAtKeep = false;
        return this.stop();
      }
      this.do(() => agent.handleOrderKept(work.number, fault, this.at));
    });
  }

  #flush(stream: number): void {
    const found = this.#streams.get(stream);
    if (found?.far === undefined) return;
    const { far, peer } = found;
    const next = (): Uint8Array | undefined => this.agent.pollTransmit(stream, this.at);
    for (let bytes = next(); bytes !== undefined; bytes = next()) this.transmit(peer, far, bytes);
  }

  #readOn(stream: number): void {
    const found = this.#streams.get(stream);
    if (found === undefined) return;
    while (this.isRunning && found.waiting.length > 0 && !this.agent.isPaused(stream)) {
      const bytes = found.waiting.shift()!;
      this.handleRead(found.peer.name, bytes.length);
      this.agent.handleBytes(stream, bytes, this.at);
    }
  }

  #delayTo(peer: SimNode): number {
    return this.mesh.options.delayMs?.(this.name, peer.name) ?? LATENCY_MS;
  }

  #later(delayMs: number, act: () => void): void {
    this.mesh.scheduler.after(delayMs, act);
  }
}
