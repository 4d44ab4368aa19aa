/** A cluster vertex of a fleet: links that it makes as orders say, a real label table, and packets to all services that its node uses. */
import type { Route } from "@florenetes/cluster-flor/src/transport/routes/route-table.ts";
import type { DoorFault, DoorRequest, OverlayOrder } from "@florenetes/fabric-flor/src/agent/door/door-sync.ts";
import type { Overlay, OverlayTransit } from "@florenetes/fabric-flor/src/agent/door/overlay.ts";
import type { View, ViewAuto } from "@florenetes/fabric-flor/src/agent/door/view.ts";
import type { LeaderOrder } from "@florenetes/fabric-flor/src/agent/leaders/leader-orders.ts";
import type { SimNode } from "@florenetes/fabric-flor/test/agent/simulated-nodes.ts";
import { keyOf, SimVertex, type VertexOptions } from "@florenetes/fabric-flor/test/agent/simulated-vertex.ts";
import type { Random, Scheduler } from "@florenetes/simkit";
import { FleetFlow, type FlowOptions } from "./fleet-flow.ts";
import type { FleetLink, LinkOwner } from "./fleet-link.ts";
import { FleetLinks } from "./fleet-links.ts";
import type { FleetNet } from "./fleet-net.ts";
import { type FleetTable, tableOf } from "./fleet-table.ts";
import { type OnForward, type Walk, walkPacket, type WalkVertex } from "./packet-walk.ts";

export interface FleetVertexOptions extends VertexOptions {
  readonly net: FleetNet;
  readonly random: Random;
  /** Services of the node that it serves only with grants. */
  readonly led: readonly string[];
  /** The packets of others that the owner lets pass: classes, and kbit/s. */
  readonly relay: View["relay"];
  /** Whether it knows shares. */
  readonly shares: boolean;
  readonly packetMs: number;
  readonly onForward: OnForward;
  readonly onWalk: (vertex: FleetVertex, flow: FleetFlow, route: Route, walk: Walk) => void;
  readonly onSwitch: FlowOptions["onSwitch"];
  readonly onGrants: (vertex: FleetVertex) => void;
}

const BOUNDS = { linksMax: 128, dial: null };
const MTU = 1_350;
const SHARES = 4_096;

export class FleetVertex extends SimVertex implements LinkOwner, WalkVertex {
  readonly name: string;
  readonly links: FleetLinks;
  isDead = false;
  /** The share of packets of others that a hostile vertex drops. */
  dropShare = 0;
  /** A hostile vertex goes on with all that it was ever ordered. */
  ignoresEnds = false;
  /** A hostile vertex tells its agent of links without delay, of ones that are not there, and of room that it does not have. */
  lies = false;
  /** Ends of grants by services, by the clock that counts suspended time. */
  grants: ReadonlyMap<string, number> = new Map();
  readonly flows = new Map<string, FleetFlow>();
  readonly #options: FleetVertexOptions;
  readonly #scheduler: Scheduler;
  readonly #clock: () => number;
  readonly #bootOffset: number;
  #table: FleetTable | undefined;
  #pins: Overlay["pins"] = {};
  /** All that a vertex that ignores ends was ever ordered. */
  #former: readonly OverlayTransit[] = [];
  #stopExpiry: () => void = () => undefined;

  constructor(node: SimNode, options: FleetVertexOptions) {
    super(node, options);
    this.name = node.name;
    this.#options = options;
    this.#scheduler = node.mesh.scheduler;
    this.#clock = () => node.at.wall;
    this.#bootOffset = options.random.between(0, 1_000_000_000);
    this.links = new FleetLinks(this, options.net, this.#scheduler, options.random);
    const grants = options.led.map((service) => ({ service, until: null }));
    const { relay, shares } = options;
    this.view = { ...this.view, relay, shares, bounds: BOUNDS, grants };
    options.net.place(this);
  }

  get now(): number {
    return this.#scheduler.now;
  }

  /** The clock that goes on while the machine is suspended. */
  get boot(): number {
    return this.#bootOffset + this.now;
  }

  get wall(): number {
    return this.#clock();
  }

  /** Does something later: clocks of nodes have whole milliseconds. */
  after(delayMs: number, act: () => void): () => void {
    return this.#scheduler.after(Math.ceil(delayMs), act);
  }

  // ── Links ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  lets(peer: string): boolean {
    const pins = this.#pins[`vertex/${peer}`];
    return pins === undefined || pins.includes(keyOf(`vertex/${peer}`));
  }

  onLinks(): void {
    this.#table = undefined;
    for (const flow of this.flows.values()) flow.handleLinks();
    this.change({ links: this.#viewedLinks(), routes: this.#viewedRoutes() });
  }

  onKnock(peer: string): void {
    const key = keyOf(`vertex/${peer}`);
    this.tell((n) => ({ n, kind: "knock", portal: "quic", peer, tag: "0", key, address: null, agoMs: 0 }));
  }

  onLost(peer: string): void {
    (this.node as SimNode).breakStreams(peer);
  }

  numberOf(link: string): number | undefined {
    for (const { name, number } of this.links.all) if (name === link) return number;
    return undefined;
  }

  numberOfLabel(label: number): number | undefined {
    for (const link of this.links.all) if (link.label === label) return link.number;
    return undefined;
  }

  isUp(number: number): boolean {
    for (const link of this.links.all) if (link.number === number) return link.isUp;
    return false;
  }

  /** Whether packets leave over a link. */
  carries({ peer }: FleetLink): boolean {
    return !this.isDead && this.links.carries(peer);
  }

  peerAt({ peer }: FleetLink): FleetVertex | undefined {
    const found = (this.node as SimNode).mesh.node(peer).vertex as FleetVertex;
    return found.isDead ? undefined : found;
  }

  delayTo(other: WalkVertex): number {
    return this.#options.net.delayMs(this.name, other.name);
  }

  // ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  get table(): FleetTable {
    const { services, overlay } = this.view;
    const transit = this.ignoresEnds ? this.#former : (overlay.transit ?? []);
    this.#table ??= tableOf({ links: this.links.all, services, transit });
    return this.#table;
  }

  /** The service of a number that is served at present. */
  serve(number: number): string | undefined {
    const name = this.view.services[number]?.name;
    if (name === undefined || this.isSilent || !this.#options.led.includes(name))
      return this.isSilent ? undefined : name;
    return this.isServing(name) ? name : undefined;
  }

  isServing(service: string): boolean {
    return !this.isDead && (this.grants.get(service) ?? 0) > this.boot;
  }

  doesDrop(): boolean {
    return this.dropShare > 0 && this.#options.random.chance(this.dropShare);
  }

  walk({ link, labels }: Pick<Route, "link" | "labels">): Walk {
    const found = this.table.links.get(link);
    if (found === undefined) return { outcome: "no link", visited: [this], service: undefined, roundTripMs: 0 };
    return walkPacket(this, { link: found, labels, share: this.#shareOf(found, labels) }, this.#options.onForward);
  }

  chargeOf(from: FleetLink, to: FleetLink, share: number): number | undefined {
    if (!this.view.shares || this.ignoresEnds) return share;
    const names = new Set([from.name, to.name]);
    const lines = this.view.overlay.transit?.filter((line) => names.has(line.from) && names.has(line.to)) ?? [];
    return [share, 0].find((each) => lines.some((line) => (line.share ?? 0) === each));
  }

  /** The share of packets over a route. A hostile vertex writes any. */
  #shareOf({ name }: FleetLink, labels: readonly number[]): number {
    if (this.lies) return this.#options.random.below(SHARES);
    const routes = this.view.overlay.paths.flatMap((path) => path.routes ?? []);
    return routes.find(({ link, labels: behind }) => link === name && behind.join() === labels.join())?.share ?? 0;
  }

  /** The state of routes has changed. */
  handleRoutes(): void {
    this.change({ routes: this.#viewedRoutes() });
  }

  // ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  performGrants({ order }: Extract<LeaderOrder, { kind: "grant" }>): boolean {
    if (this.isDead) return false;
    this.grants = new Map(order.grants.map(({ service, until }) => [service, until]));
    this.#options.onGrants(this);
    const grants = this.#options.led.map((service) => ({ service, until: this.grants.get(service) ?? null }));
    this.change({ grants });
    return true;
  }

  /** The process is killed. */
  die(): void {
    this.isDead = true;
    this.isAway = true;
    this.grants = new Map();
    for (const flow of this.flows.values()) flow.close();
    this.flows.clear();
    this.#stopExpiry();
    this.links.breakAll();
  }

  /** The process runs again, with what it has kept. */
  revive(): void {
    this.isDead = false;
    this.isAway = false;
    const grants = this.#options.led.map((service) => ({ service, until: null }));
    this.change({ instance: `${this.view.instance}+`, grants });
    this.#follow(this.view.overlay);
    this.links.callAll();
  }

  /** The vertex has another address, and its links have to find it again. */
  move(): void {
    this.#options.net.place(this);
    this.links.breakAll();
  }

  /** Figures come with a view that is asked for, and are no event. */
  override ask(request: DoorRequest): void {
    if (request.kind === "view") this.view = { ...this.view, routes: this.#viewedRoutes() };
    super.ask(request);
  }

  protected override take({ links = [], pins, transit = [] }: OverlayOrder): DoorFault | undefined {
    if (links.length > BOUNDS.linksMax) return { code: "ERR_OVERLAY_LINKS_MAX", text: "too many links", advice: "" };
    this.#pins = pins;
    if (this.ignoresEnds) this.#former = [...this.#former, ...transit].slice(-1_024);
    return undefined;
  }

  override change(changes: Partial<View>): void {
    super.change(changes);
    if (changes.overlay !== undefined) this.#follow(changes.overlay);
    else if (changes.auto !== undefined) this.#followPaths();
  }

  protected override routesOf(): View["routes"] {
    return this.#viewedRoutes();
  }

  protected override look(service: string, next: string): ViewAuto["state"] {
    const path = this.view.overlay.paths.find(({ name }) => name === next);
    for (const { link, labels = [] } of path?.routes ?? (path === undefined ? [] : [path])) {
      const number = link === undefined ? undefined : this.numberOf(link);
      const walk = number === undefined ? undefined : this.walk({ link: number, labels });
      if (walk?.outcome !== "answered") continue;
      const pins = this.view.overlay.pins[`service/${service}`];
      const host = (this.node as SimNode).mesh.node(walk.visited.at(-1)!.name);
      const key = host.vertex.keys[walk.service!]!;
      return walk.service === service && (pins === undefined || pins.includes(key)) ? "proven" : "refused";
    }
    return "unproven";
  }

  /** Does what an overlay says, up to the end of each part. */
  #follow(overlay: Overlay): void {
    this.#table = undefined;
    const wall = this.#clock();
    const isLive = ({ until }: { readonly until: number }): boolean => this.ignoresEnds || wall < until;
    this.links.follow((overlay.links ?? []).filter(isLive));
    this.links.judge();
    this.#followPaths();
    this.view = { ...this.view, links: this.#viewedLinks(), routes: this.#viewedRoutes() };
    const parts = [...(overlay.links ?? []), ...(overlay.transit ?? []), ...overlay.paths, ...overlay.leads];
    const routes = overlay.paths.flatMap((path) => path.routes ?? []);
    const ends = [...parts, ...routes].map(({ until }) => until).filter((until) => until > wall);
    this.#stopExpiry();
    if (ends.length === 0) return;
    this.#stopExpiry = this.after(Math.min(...ends) - wall, () => this.#expire());
  }

  /** Parts that have ended are in force no more. */
  #expire(): void {
    const wall = this.#clock();
    const isLive = ({ until }: { readonly until: number }): boolean => wall < until;
    const { links = [], transit = [], paths, leads, pins } = this.view.overlay;
    const left = paths
      .filter(isLive)
      .map((path) => ({ ...path, ...(path.routes && { routes: path.routes.filter(isLive) }) }));
    const overlay = {
      paths: left,
      leads: leads.filter(isLive),
      pins,
      ...(links.length > 0 && { links: links.filter(isLive) }),
      ...(transit.length > 0 && { transit: transit.filter(isLive) }),
    };
    this.change({ overlay });
  }

  #followPaths(): void {
    const { auto, overlay } = this.view;
    const led = new Map(auto.flatMap(({ path, service }) => (path === null ? [] : [[path, service] as const])));
    for (const [name, flow] of this.flows) {
      if (led.has(name) && overlay.paths.some((path) => path.name === name)) continue;
      flow.close();
      this.flows.delete(name);
    }
    if (this.isDead) return;
    for (const path of overlay.paths) {
      const service = led.get(path.name);
      if (service === undefined) continue;
      const known = this.flows.get(path.name);
      if (known !== undefined) known.follow(path);
      else this.flows.set(path.name, this.#flow(path, service));
    }
  }

  #flow(path: Overlay["paths"][number], service: string): FleetFlow {
    const { random, packetMs, onSwitch, onWalk } = this.#options;
    return new FleetFlow(path, {
      vertex: this,
      service,
      packetMs,
      random: () => random.next(),
      onSwitch,
      onWalk: (flow, route, walk) => onWalk(this, flow, route, walk),
    });
  }

  #viewedLinks(): View["links"] {
    const figuresOf = (peer: string): View["links"][number]["figures"] => ({
      roundTripMs: this.lies ? 0 : 2 * this.#options.net.delayMs(this.name, peer),
      jitterMs: 0,
      loss: 0,
      rate: null,
      queue: 0,
      mtu: MTU,
      breaks: 0,
    });
    return this.links.view(figuresOf);
  }

  #viewedRoutes(): View["routes"] {
    return [...this.flows.values()].flatMap((flow) => flow.view());
  }
}
