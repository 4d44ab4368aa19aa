/** A simulated fabric with two coordinators, and the promises that are checked after each second of it. */
import assert from "node:assert/strict";
import { bodyOf, type Fact, readFact } from "@florenetes/facts";
import type { Random } from "@florenetes/simkit";
import { compose, slotOfWant } from "../../src/compose.ts";
import { weightsOf } from "../../src/costs.ts";
import { directoryOf } from "../../src/directory.ts";
import { type CheckedLease, checkLease } from "../../src/lease-check.ts";
import { pairKey } from "../../src/lease-issue.ts";
import { checkPermits, rateOf } from "../../src/permits-check.ts";
import { Plan, type PlannedRoute } from "../../src/plan.ts";
import { Reports } from "../../src/reports.ts";
import { type Standing, standingOf } from "../../src/standing.ts";
import { ALL, shuffled } from "../world.ts";
import { SimCoordinator } from "./coordinator.ts";
import {
  HOSTS,
  Mesh,
  type MeshPlan,
  OWNERS_RATE,
  peerOf,
  type Running,
  SERVICE_LABEL,
  type SimNode,
  tellsLink,
} from "./mesh.ts";

const SECOND = 1_000;

export class SimFabric {
  readonly mesh: Mesh;
  readonly coordinators: readonly SimCoordinator[];
  /** How many leases were taken at their origins, or refused, by the reason. */
  readonly outcomes: Map<string, number> = new Map();
  readonly #random: Random;
  /** Pairs that are permitted at each relay, since its permits changed or a second has passed. */
  readonly #permitted = new Map<string, ReadonlySet<string>>();

  constructor(random: Random, plan: MeshPlan) {
    this.#random = random;
    this.mesh = new Mesh(random, plan);
    const told = {
      composed: (to: string, routes: readonly PlannedRoute[], reports: readonly Fact[]) => {
        const byNode = new Map(reports.map((fact) => [fact.subject, fact]));
        for (const route of routes) this.#checkTold(to, route, byNode);
      },
      lease: (to: string, octets: Uint8Array, routes: readonly PlannedRoute[]) => {
        for (const route of routes) this.#checkPermitted(route);
        this.mesh.mail(to, () => this.#handleLease(this.mesh.node(to), octets));
      },
      permits: (relay: string, octets: Uint8Array, from: SimCoordinator) =>
        this.mesh.mail(relay, () => this.#handlePermits(this.mesh.node(relay), octets, from)),
    };
    this.coordinators = ["c1", "c2"].map((name) => new SimCoordinator(name, this.mesh, told));
  }

  /** Lets so many seconds pass. */
  run(seconds: number): void {
    for (let count = 0; count < seconds; count++) {
      this.mesh.scheduler.runFor(SECOND);
      this.#permitted.clear();
      for (const node of this.mesh.nodes.values()) if (node.isUp) this.#live(node);
      for (const coordinator of this.coordinators) if (this.mesh.node(coordinator.name).isUp) coordinator.tick();
      if (count % 5 === 0) this.#lie();
      this.#checkRelays();
    }
  }

  /** Whether packets of an origin come to a host over what it holds. */
  hasRoute(node: SimNode): boolean {
    return (this.#tried(node).at(-1)?.route ?? -1) !== -1;
  }

  /** Whether it has a lease with a route that carries packets, if hostile relays on it pass them on. */
  isServed(node: SimNode): boolean {
    const choice = {
      standingOf: (each: CheckedLease) => this.#standing(each),
      running: undefined,
      takenBack: new Set<string>(),
      failing: new Set<string>(),
      lossy: new Set<string>(),
      isBack: false,
    };
    const leases = [...node.leases.values()].flatMap((held) => held.ranked(choice));
    return leases.some((lease) => lease.body!.routes.some((_, at) => this.#walks(node, lease, at, true)));
  }

  /** Whether honest relays that run lead from an origin to a host over at most 8 links. */
  isConnected(name: string): boolean {
    let reached = new Set([name]);
    for (let links = 0; links < 8; links++) {
      const next = new Set(reached);
      for (const at of reached) {
        const node = this.mesh.node(at);
        if (at !== name && (!node.isRelay || node.isHostile || this.#isVoid(at))) continue;
        for (const link of node.links.values()) if (this.mesh.carries(link)) next.add(peerOf(link, at));
      }
      reached = next;
    }
    return HOSTS.some((host) => reached.has(host));
  }

  /** Two coordinators that have heard the same, in another order, compose the same. */
  checkEqual(): void {
    for (const { reports, ...coordinator } of this.coordinators.map((each) => ({
      reports: each.reports,
      graph: each.graph.bind(each),
      wants: each.wants(),
    }))) {
      const leases = [1, 2].map(() => {
        const heard = new Reports();
        for (const fact of shuffled(this.#random, reports.at(this.mesh.now))) heard.take(fact, this.mesh.now);
        const options = {
          graph: coordinator.graph(heard),
          weights: weightsOf(undefined),
          plan: new Plan(),
          coordinators: 2,
        };
        return coordinator.wants.map((want) => {
          const composed = compose(want, options);
          if (typeof composed !== "string") {
            options.plan.add(slotOfWant(want), { id: "x", ends: Infinity, classes: want.classes, ...composed });
          }
          return composed;
        });
      });
      assert.deepEqual(leases[1], leases[0]);
    }
  }

  /** The turn of one node: it reports when it is time, and looks which route to use. */
  #live(node: SimNode): void {
    const { now } = this.mesh;
    if (node.name.startsWith("e") && !node.isHostile) {
      const before = node.tried.at(-1);
      node.tried = this.#tried(node);
      const used = node.tried.at(-1);
      if (used?.lease !== before?.lease || used?.route !== before?.route)
        node.reportAt = Math.min(node.reportAt, now + SECOND);
      for (const held of node.leases.values()) held.expire({ standingOf: (lease) => this.#standing(lease) }, now);
    }
    if (now < node.reportAt || node.name === "stranger") return;
    node.reportAt = now + 55_000 + this.#random.below(5_000);
    const report = this.mesh.report(node);
    if (report === undefined) return;
    for (const coordinator of this.coordinators) {
      this.mesh.mail(coordinator.name, () => coordinator.handleReport(report));
    }
  }

  /** A coordinator of another partition leases to everybody, and a node without the role does. */
  #lie(): void {
    const origin = this.mesh.node(`e${this.#random.below(4)}`);
    const issuer = this.#random.pick(["stranger", "r0"]);
    const [label, link] = [...origin.links][0]!;
    const route = {
      link: label,
      labels: [SERVICE_LABEL],
      via: [peerOf(link, origin.name)],
      mtu: 1_400,
      cost: 0,
      why: [],
    };
    const body = { classes: ["reliable"], rate: 1, routes: [route] };
    const life = { epoch: this.mesh.now, issued: this.mesh.now, expires: this.mesh.now + 60_000 };
    this.#handleLease(origin, this.mesh.cluster.lease(`${origin.name}/web/${route.via[0]}/${issuer}`, body, life));
  }

  #handleLease(node: SimNode, octets: Uint8Array): void {
    const { cluster, now } = this.mesh;
    const links = new Map([...node.links].map(([label, link]) => [label, peerOf(link, node.name)]));
    const checked = checkLease(octets, { ...cluster.grounds(now), node: node.name, links });
    const outcome = checked.isAccepted ? node.leases.get(checked.host)!.take(checked) : checked.reason;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (!checked.isAccepted) return;
    assert(["c1", "c2"].includes(checked.coordinator));
    for (const { via } of checked.body?.routes ?? []) {
      assert(via.length <= 8);
      assert.equal(new Set([node.name, ...via]).size, via.length + 1);
    }
  }

  #handlePermits(node: SimNode, octets: Uint8Array, from: SimCoordinator): void {
    const { cluster, now } = this.mesh;
    const fact = readFact(octets, "demo") as Fact;
    const answer = (left: ReadonlySet<string> | "refused"): void =>
      this.mesh.mail(from.name, () => from.handleAnswer(node.name, fact.epoch, left));
    if (node.isHostile) {
      if (this.#random.chance(0.5)) answer(new Set());
      return;
    }
    const slot = `permits cluster ${fact.subject}`;
    const checked = checkPermits(octets, {
      ...cluster.grounds(now),
      node: node.name,
      links: new Set(node.links.keys()),
      offer: node.isRelay ? { classes: ALL, rate: OWNERS_RATE } : undefined,
      otherRate: node.permits.rateBeside(slot),
    });
    this.#permitted.delete(node.name);
    if (!checked.isAccepted) answer("refused");
    else if (node.permits.take(checked) === "taken") answer(new Set(checked.left.map(([a, b]) => pairKey(a, b))));
  }

  /** The links of a route are told by both of their ends. */
  #checkTold(origin: string, { route }: PlannedRoute, reports: ReadonlyMap<string, Fact>): void {
    const nodes = [origin, ...route.via];
    const labels = [route.link, ...route.labels.slice(0, -1)];
    for (const [at, label] of labels.entries()) {
      const [near, far] = [nodes[at]!, nodes[at + 1]!];
      assert(tellsLink(reports.get(near), far, label), `${near} does not tell its link to ${far}`);
      assert(tellsLink(reports.get(far), near), `${far} does not tell its link to ${near}`);
    }
  }

  /** Each honest relay of a route has the permit that it takes. */
  #checkPermitted({ pairs }: PlannedRoute): void {
    for (const { relay, from, to } of pairs) {
      if (this.mesh.node(relay).isHostile) continue;
      assert(this.#permits(relay, from, to), `${relay} has no permit for ${from} and ${to}`);
    }
  }

  /** No relay permits more than its owner does, nor a pair of links that it does not have. */
  #checkRelays(): void {
    for (const node of this.mesh.nodes.values()) {
      const good = node.permits.good(({ fact }) => this.#recordStanding(fact), this.mesh.now);
      const rates = good.map(({ fact }) => rateOf(bodyOf(fact, "permits")!));
      assert(rates.reduce((sum, rate) => sum + rate, 0) <= OWNERS_RATE);
      if (!node.isRelay && !node.isHostile) assert.deepEqual(good, []);
    }
  }

  #permits(relay: string, from: number, to: number): boolean {
    const known = this.#permitted.get(relay) ?? this.#pairsAt(relay);
    this.#permitted.set(relay, known);
    return known.has(pairKey(from, to));
  }

  #pairsAt(relay: string): ReadonlySet<string> {
    const good = this.mesh.node(relay).permits.good(({ fact }) => this.#recordStanding(fact), this.mesh.now);
    return new Set(good.flatMap(({ pairs }) => pairs.map(({ pair }) => pairKey(pair[0], pair[1]))));
  }

  /** The leases that a node tries, host by host, until a route of one carries. */
  #tried(node: SimNode): Running[] {
    const tried: Running[] = [];
    for (const held of node.leases.values()) {
      const failing = new Set<string>();
      for (const _ of this.coordinators) {
        const running = node.tried.at(-1)?.coordinator;
        const [lease] = held.ranked({
          standingOf: (each) => this.#standing(each),
          running,
          takenBack: new Set(),
          failing,
          lossy: new Set(),
          isBack: false,
        });
        if (lease === undefined || failing.has(lease.coordinator)) break;
        const carries = lease.body!.routes.map((_, at) => this.#walks(node, lease, at));
        const measured = carries.map((carries) => [1_000, carries ? 0 : 1_000_000] as const);
        const { coordinator, fact } = lease;
        tried.push({ coordinator, lease: fact.id, route: carries.indexOf(true), measured });
        if (carries.includes(true)) return tried;
        failing.add(coordinator);
      }
    }
    return tried;
  }

  /** Walks a route hop by hop, as a packet does. */
  #walks(node: SimNode, lease: CheckedLease, place: number, doHostilePass = false): boolean {
    const route = lease.body!.routes[place]!;
    if (lease.dropped.has(place) || route.via.some((name) => this.#isVoid(name))) return false;
    let [at, label] = [node, route.link];
    for (const [hop, name] of route.via.entries()) {
      const link = at.links.get(label);
      if (link === undefined || !this.mesh.carries(link) || peerOf(link, at.name) !== name) return false;
      const next = this.mesh.node(name);
      if (hop === route.via.length - 1) return route.labels[hop] === SERVICE_LABEL && name === lease.host;
      label = route.labels[hop]!;
      if (next.isHostile ? !doHostilePass : !this.#permits(name, link.labels.get(name)!, label)) return false;
      at = next;
    }
    return false;
  }

  #standing({ fact }: CheckedLease): Standing {
    return this.#recordStanding(fact);
  }

  #recordStanding({ expires, issuer }: Fact): Standing {
    const isUp = this.mesh.node(issuer!).isUp;
    const { now } = this.mesh;
    const heard = isUp ? now : now - 100_000;
    const hold = { policySeconds: undefined, checkpoint: undefined };
    return standingOf(expires, { now, heard, ...hold, isVoid: this.#isVoid(issuer!) });
  }

  #isVoid(name: string): boolean {
    return directoryOf(this.mesh.cluster, this.mesh.now).isVoid(name);
  }
}
