/** Promises of the design that hold at every honest node of a fleet, whatever others do: they are looked at with each packet. */
import type { Route } from "@florenetes/cluster-flor/src/transport/routes/route-table.ts";
import { FORMER_ROUTES_MS } from "@florenetes/fabric-flor/src/agent/routes/limits.ts";
import { bodyOf, type Fact, isSignedBy, keyIdOf, type LeasedRoute, readFact, toBeSigned } from "@florenetes/facts";
import { HOLD_SECONDS, pairKey } from "@florenetes/routes";
import type { Fleet, FleetWatch } from "./fleet.ts";
import type { FleetFlow } from "./fleet-flow.ts";
import type { FleetLink } from "./fleet-link.ts";
import { LED_SERVICE } from "./fleet-plan.ts";
import type { FleetVertex } from "./fleet-vertex.ts";
import type { FleetVoids } from "./fleet-voids.ts";
import { SHARE_DENIED, type Walk, type WalkVertex } from "./packet-walk.ts";

const HOLD_MS = 1_000 * HOLD_SECONDS;
/** The overlay follows leases within this time. */
const POSTED_MS = 1_000;

/** The promises that are looked at; a test names the one that a planted mistake breaks. */
export type FleetPromise =
  | "lease"
  | "permit"
  | "offer"
  | "circle"
  | "void"
  | "leader"
  | "equal leases"
  | "route"
  | "share";

/** A promise is broken. */
export class BrokenPromise extends Error {
  readonly promise: FleetPromise;

  constructor(promise: FleetPromise, text: string) {
    super(`${promise}: ${text}`);
    this.promise = promise;
  }
}

interface Leased {
  readonly host: string;
  readonly service: string;
  readonly coordinator: string;
  readonly expires: number;
  /** By the labels of links: which numbers these have changes while the lease is held, as links go and come back. */
  readonly routes: readonly Pick<LeasedRoute, "link" | "labels">[];
}

/** Records of a node, read once. */
interface Kept {
  readonly of: unknown;
  readonly leases: readonly Leased[];
  /** Leases that are held no more, and since when. */
  readonly former: readonly { readonly lease: Leased; readonly since: number }[];
  readonly pairs: ReadonlyMap<
    string,
    { readonly expires: number; readonly coordinator: string; readonly classes: readonly string[] }[]
  >;
}

export class FleetChecks {
  fleet!: Fleet;
  /** Takes all that a fleet tells. */
  readonly watch: FleetWatch = {
    onForward: (...about) => this.handleForward(...about),
    onWalk: (vertex, flow, route, walk) => this.handleWalk(vertex, flow, route, walk),
    onSwitch: (flow, reason, recoveryMs) => this.handleSwitch(flow, reason, recoveryMs),
    onGrants: (vertex) => this.handleGrants(vertex),
    onLeases: (node) => this.handleLeases(node),
  };
  voids: FleetVoids | undefined;
  /** Takes leases as coordinators give them. */
  handleLeases: FleetWatch["onLeases"] = () => undefined;
  /** Packets that were answered, and those that were not, by why. */
  readonly outcomes = new Map<string, number>();
  /** Milliseconds to recover, by the reasons of switches. */
  readonly recoveries = new Map<string, number[]>();
  readonly switchedAt: number[] = [];
  forwarded = 0;
  /** Packets that were sent on and charged to a share. */
  charged = 0;
  /** Packets on honest ways that no permit for their share let pass. */
  shareDenied = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #facts = new Map<string, Fact>();

  handleWalk(vertex: FleetVertex, flow: FleetFlow, route: Route, walk: Walk): void {
    this.outcomes.set(walk.outcome, (this.outcomes.get(walk.outcome) ?? 0) + 1);
    const isHonest = !walk.visited.some((each) => this.#isHostile(each));
    if (isHonest && walk.outcome === SHARE_DENIED) this.shareDenied++;
    const names = walk.visited.map(({ name }) => name);
    if (new Set(names).size < names.length) throw new BrokenPromise("circle", names.join(">"));
    if (this.#isHostile(vertex) || walk.outcome !== "answered") return;
    const host = names.at(-1)!;
    this.#checkVoids(vertex.name, flow.service, names);
    // The link to a host of one's own needs no lease.
    if (names.length === 2) return;
    const wall = vertex.wall;
    const isRoute = ({ link, labels }: Leased["routes"][number]): boolean =>
      vertex.numberOfLabel(link) === route.link && labels.join() === route.labels.join();
    const { leases, former } = this.#keptOf(vertex);
    const leadsThere = (lease: Leased): boolean =>
      lease.service === flow.service && lease.host === host && wall < lease.expires + HOLD_MS;
    const held = leases.filter(leadsThere);
    // Streams wait on former routes while no lease can be used here.
    const isUsable = held.some(({ routes }) => routes.some(({ link }) => vertex.numberOfLabel(link) !== undefined));
    const formerMs = POSTED_MS + (isUsable ? 0 : FORMER_ROUTES_MS);
    const left = former.filter(({ since }) => this.fleet.now < since + formerMs).map(({ lease }) => lease);
    const isLeased = [...held, ...left.filter(leadsThere)].some(({ routes }) => routes.some(isRoute));
    if (!isLeased)
      throw new BrokenPromise("lease", `${names.join(">")} to ${flow.service} follows no lease that is live or held`);
  }

  handleForward(at: WalkVertex, from: FleetLink, to: FleetLink, origin: WalkVertex, charged: number): void {
    this.forwarded++;
    if (charged !== 0) this.charged++;
    if (this.#isHostile(at)) return;
    const relay = this.fleet.node(at.name).fleetVertex;
    const way = `${relay.name} sends a packet of ${origin.name} on from ${from.peer} to ${to.peer}`;
    for (const name of [from.peer, to.peer])
      if (this.voids?.binds(relay.name, "node", name) === true)
        throw new BrokenPromise("void", `${way}, and ${name} is void`);
    if (this.voids?.binds(relay.name, "relay", relay.name) === true)
      throw new BrokenPromise("void", `${way}, and is no relay any more`);
    const offer = relay.view.relay;
    if (offer === null || !offer.classes.includes("reliable")) throw new BrokenPromise("offer", way);
    const permits = this.#keptOf(relay).pairs.get(pairKey(from.label, to.label)) ?? [];
    const { wall } = relay;
    const isOpen = permits.some(({ expires, classes }) => wall < expires + HOLD_MS && classes.includes("reliable"));
    if (!isOpen) throw new BrokenPromise("permit", way);
  }

  handleSwitch(_flow: FleetFlow, reason: string, recoveryMs: number): void {
    const all = this.recoveries.get(reason) ?? [];
    this.recoveries.set(reason, all);
    all.push(recoveryMs);
    this.switchedAt.push(this.fleet.now);
  }

  /** A service that has a leader is served by one host at a time. */
  handleGrants(vertex: FleetVertex): void {
    if (!vertex.isServing(LED_SERVICE)) return;
    for (const name of this.fleet.plan.services.get(LED_SERVICE)!) {
      const other = this.fleet.node(name).fleetVertex;
      if (other !== vertex && other.isServing(LED_SERVICE))
        throw new BrokenPromise("leader", `${vertex.name} and ${other.name} serve at once`);
    }
  }

  /** No relay's permits are more than its owner offers. */
  checkRates(): void {
    for (const { fleetVertex, name } of this.fleet.honest) {
      const { transit = [] } = fleetVertex.view.overlay;
      const rate = transit.reduce((sum, each) => sum + each.rate, 0);
      const most = 1_000 * (fleetVertex.view.relay?.rate ?? 0);
      if (rate > most) throw new BrokenPromise("offer", `${name} has opened ${rate} bit/s, and offers ${most}`);
    }
  }

  #checkVoids(origin: string, service: string, names: readonly string[]): void {
    const { voids } = this;
    if (voids === undefined) return;
    const node = names.find((name) => voids.binds(origin, "node", name));
    if (node !== undefined) throw new BrokenPromise("void", `${names.join(">")}: ${origin} knows that ${node} is void`);
    if (voids.binds(origin, "service", service))
      throw new BrokenPromise("void", `${names.join(">")}: ${origin} knows that ${service} is void`);
  }

  #isHostile({ name }: WalkVertex): boolean {
    return this.fleet.hostile.has(name);
  }

  #keptOf(vertex: FleetVertex): Kept {
    const routes = this.fleet.node(vertex.name).keptRoutes;
    const known = this.#kept.get(vertex.name);
    if (known?.of === routes) return known;
    const pairs = new Map<string, { expires: number; coordinator: string; classes: readonly string[] }[]>();
    for (const octets of routes.permits) {
      const fact = this.#read(octets);
      for (const set of bodyOf(fact, "permits")?.sets ?? [])
        for (const [a, b] of set.pairs) {
          const key = pairKey(a, b);
          const { expires, issuer = "" } = fact;
          pairs.set(key, [...(pairs.get(key) ?? []), { expires, coordinator: issuer, classes: set.classes }]);
        }
    }
    const leases = routes.leases.map((octets) => this.#leaseOf(this.#read(octets), vertex));
    const { now } = this.fleet;
    const gone = (known?.leases ?? []).map((lease) => ({ lease, since: now }));
    const before = known?.former.filter(({ since }) => now < since + FORMER_ROUTES_MS + POSTED_MS) ?? [];
    const former = [...before, ...gone];
    const kept = { of: routes, pairs, leases, former };
    this.#kept.set(vertex.name, kept);
    return kept;
  }

  #leaseOf(fact: Fact, vertex: FleetVertex): Leased {
    const [origin, service, host] = fact.subject.split("/") as [string, string, string];
    if (origin !== vertex.name) throw new BrokenPromise("lease", `${vertex.name} holds a lease of ${origin}`);
    const routes = bodyOf(fact, "lease")?.routes ?? [];
    return { host, service, coordinator: fact.issuer ?? "", expires: fact.expires, routes };
  }

  /** Reads a record of a coordinator, and looks for itself who has signed it. */
  #read(octets: Uint8Array): Fact {
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
    const known = this.#facts.get(text);
    if (known !== undefined) return known;
    const fact = readFact(octets, "demo");
    if (typeof fact === "string") throw new BrokenPromise("lease", `a record is held that is none: ${fact}`);
    const { issuer = "", envelope } = fact;
    const { coordinators } = this.fleet.plan;
    const key = coordinators.includes(issuer) ? this.fleet.node(issuer).key.key : undefined;
    const signature = envelope.signatures.find(({ keyId }) => key !== undefined && keyId === keyIdOf(key));
    if (
      key === undefined ||
      signature === undefined ||
      !isSignedBy(key, toBeSigned(envelope.payload), signature.octets)
    )
      throw new BrokenPromise("lease", `a record is held that no coordinator has signed, but ${issuer}`);
    if (this.#facts.size > 20_000) this.#facts.clear();
    this.#facts.set(text, fact);
    return fact;
  }
}
