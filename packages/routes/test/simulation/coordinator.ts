/** A coordinator of the simulation: what its driver would do with the cores of this package. */
import { bodyOf, type Fact, readFact } from "@florenetes/facts";
import { compose, slotOfWant, type Want } from "../../src/compose.ts";
import { weightsOf } from "../../src/costs.ts";
import { directoryOf } from "../../src/directory.ts";
import { Doubts } from "../../src/doubts.ts";
import { RouteGraph } from "../../src/graph.ts";
import { LeaseIssue } from "../../src/lease-issue.ts";
import { ROUTE_LOSS_MAX } from "../../src/limits.ts";
import { Plan, type PlannedRoute } from "../../src/plan.ts";
import { isSafer } from "../../src/replacement.ts";
import { Reports } from "../../src/reports.ts";
import { type Mesh, SERVICE_LABEL } from "./mesh.ts";

const WEIGHTS = weightsOf(undefined);
const LEASE_MS = 600_000;
/** How often it is looked at whether there is something safer, and how soon after the last time where the origin has doubts. */
const LOOK_MS = 30_000;
const CHANGE_MS = 10_000;

interface Issuing {
  readonly want: Want;
  readonly rate: number;
  readonly routes: readonly PlannedRoute[];
  readonly id: string;
  readonly issue: LeaseIssue;
}

interface Leased {
  readonly id: string;
  readonly routes: readonly PlannedRoute[];
  readonly renewAt: number;
  lookedAt: number;
  /** When it is looked at whether there is something safer. */
  lookAt: number;
}

export interface Told {
  composed(origin: string, routes: readonly PlannedRoute[], reports: readonly Fact[]): void;
  lease(to: string, octets: Uint8Array, routes: readonly PlannedRoute[]): void;
  permits(relay: string, octets: Uint8Array, from: SimCoordinator): void;
}

export class SimCoordinator {
  readonly name: string;
  readonly reports: Reports = new Reports();
  readonly plan: Plan = new Plan();
  readonly #mesh: Mesh;
  readonly #told: Told;
  readonly #issuing = new Map<string, Issuing>();
  readonly #leased = new Map<string, Leased>();
  readonly #ids = new Map<string, { readonly slot: string; readonly id: string }>();
  readonly #sent = new Map<string, number>();
  readonly #doubts = new Map<string, Doubts>();
  readonly #avoid = new Map<string, number>();
  #graph: RouteGraph | undefined;
  /** The reports that the graph is made of. */
  #heard: readonly Fact[] = [];
  #count = 0;

  constructor(name: string, mesh: Mesh, told: Told) {
    this.name = name;
    this.#mesh = mesh;
    this.#told = told;
  }

  handleReport(report: Fact): void {
    if (this.reports.take(report, this.#mesh.now) !== "taken") return;
    this.#graph = undefined;
    for (const { lease, measured } of bodyOf(report, "report")!.routes) {
      const own = this.#ids.get(lease);
      if (own === undefined) continue;
      this.plan.settle(own.slot, own.id, this.#mesh.now);
      const leased = this.#leased.get(own.slot);
      if (leased?.id !== own.id) continue;
      this.#doubtsOf(own.slot).learn(lease, leased.routes, measured, this.#mesh.now);
      // Doubts are looked at soon, but not each time that they are told.
      if ((measured[0]?.[1] ?? 0) > ROUTE_LOSS_MAX)
        leased.lookAt = Math.min(leased.lookAt, leased.lookedAt + CHANGE_MS);
    }
  }

  handleAnswer(relay: string, epoch: number, left: ReadonlySet<string> | "refused"): void {
    for (const { issue } of this.#issuing.values()) {
      if (left === "refused") issue.handleRefused(relay, epoch, this.#mesh.now);
      else issue.handleAcknowledged(relay, epoch, left, this.#mesh.now);
    }
  }

  /** The graph of what is told at present. */
  graph(reports: Reports = this.reports): RouteGraph {
    const { cluster, now } = this.#mesh;
    return new RouteGraph(reports.at(now), { directory: directoryOf(cluster, now), partitions: new Set(["north"]) });
  }

  /** Services that are wanted, each at one host. */
  wants(): Want[] {
    return this.reports
      .at(this.#mesh.now)
      .flatMap((fact) =>
        bodyOf(fact, "report")!.uses.map((use) => ({ origin: fact.subject, ...use, label: SERVICE_LABEL })),
      );
  }

  #doubtsOf(slot: string): Doubts {
    const doubts = this.#doubts.get(slot) ?? new Doubts();
    this.#doubts.set(slot, doubts);
    return doubts;
  }

  /** A second has passed. */
  tick(): void {
    const { now } = this.#mesh;
    this.reports.expire(now);
    this.plan.expire(now);
    for (const [relay, until] of this.#avoid) if (now >= until) this.#avoid.delete(relay);
    const asked = new Set<string>();
    // Records change without a report: what they say is looked at each few seconds.
    if (now % 5_000 < 1_000) this.#graph = undefined;
    if (this.#graph === undefined) this.#heard = this.reports.at(now);
    const graph = (this.#graph ??= this.graph());
    for (const want of this.wants()) this.#look(want, graph, asked);
    for (const [relay, at] of this.#sent) if (now - at > LEASE_MS / 2) asked.add(relay);
    for (const relay of asked) this.#permit(relay);
    for (const [slot, issuing] of this.#issuing) {
      issuing.issue.handleTimeout(now);
      this.#drain(slot, issuing, asked);
    }
  }

  #look(want: Want, graph: RouteGraph, asked: Set<string>): void {
    const { now } = this.#mesh;
    const slot = slotOfWant(want);
    const leased = this.#leased.get(slot);
    const before = this.#issuing.get(slot)?.issue;
    if (before?.released.length === 0) return;
    const isDue =
      leased === undefined ||
      now >= leased.renewAt ||
      !leased.routes.every(({ route }) => graph.has(want.origin, route));
    if (!isDue && now < leased.lookAt) return;
    if (leased !== undefined) [leased.lookedAt, leased.lookAt] = [now, now + LOOK_MS];
    const doubts = this.#doubtsOf(slot).at(now);
    const options = { graph, weights: WEIGHTS, plan: this.plan, coordinators: 2, avoid: new Set(this.#avoid.keys()) };
    const composed = compose({ ...want, doubts }, options);
    if (typeof composed === "string" || (!isDue && !isSafer(composed.routes, leased.routes, doubts))) return;
    const id = String(++this.#count);
    this.plan.add(slot, { id, ends: now + LEASE_MS, classes: want.classes, ...composed });
    this.#told.composed(want.origin, composed.routes, this.#heard);
    before?.giveUp();
    const issuing = { want, ...composed, id, issue: new LeaseIssue(composed.routes, now) };
    this.#issuing.set(slot, issuing);
    this.#drain(slot, issuing, asked);
  }

  #drain(slot: string, issuing: Issuing, asked: Set<string>): void {
    const { id, issue } = issuing;
    for (let event = issue.pollEvent(); event !== undefined; event = issue.pollEvent()) {
      if (event.kind === "ask") asked.add(event.relay);
      if (event.kind === "failed") {
        this.plan.remove(slot, id);
        for (const { relay } of event.avoid) this.#avoid.set(relay, this.#mesh.now + 60_000);
      }
      if (event.kind === "release") this.#release(slot, issuing, event.routes);
    }
    if (!issue.isOver) return;
    this.#issuing.delete(slot);
    if (issue.released.length > 0) this.#planRoutes(slot, issuing, issue.released);
  }

  #planRoutes(slot: string, { want, rate, id }: Issuing, routes: readonly PlannedRoute[]): void {
    this.plan.add(slot, { id, ends: this.#mesh.now + LEASE_MS, classes: want.classes, rate, routes });
  }

  #release(slot: string, issuing: Issuing, routes: readonly PlannedRoute[]): void {
    const { now, cluster } = this.#mesh;
    const { want, rate, id } = issuing;
    // Pairs of relays that may still answer stay in their permits.
    this.#planRoutes(slot, issuing, issuing.routes);
    this.#leased.set(slot, { id, routes, renewAt: now + LEASE_MS / 2, lookedAt: now, lookAt: now + LOOK_MS });
    const body = { classes: want.classes, rate, routes: routes.map(({ route }) => route) };
    const life = { epoch: ++this.#count, issued: now, expires: now + LEASE_MS };
    const octets = cluster.lease(`${want.origin}/web/${want.host}/${this.name}`, body, life);
    this.#ids.set((readFact(octets, "demo") as Fact).id, { slot, id });
    this.#told.lease(want.origin, octets, routes);
  }

  #permit(relay: string): void {
    const { now, cluster } = this.#mesh;
    const body = this.plan.permitsFor(relay).get("cluster") ?? { sets: [] };
    const epoch = ++this.#count;
    this.#sent.set(relay, now);
    for (const { issue } of this.#issuing.values()) issue.handleSent(relay, epoch);
    const octets = cluster.permits(`${relay}/${this.name}`, body.sets, { epoch, issued: now, expires: now + LEASE_MS });
    this.#told.permits(relay, octets, this);
  }
}
