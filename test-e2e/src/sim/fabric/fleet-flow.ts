/** The packets that an origin sends to a service all the time, over the routes of a path: which of them is in use says the transport's own switch. */
import { RouteSwitch } from "@florenetes/cluster-flor/src/transport/routes/route-switch.ts";
import { type Route, RouteTable } from "@florenetes/cluster-flor/src/transport/routes/route-table.ts";
import { ROUTE_PROBE_MS } from "@florenetes/cluster-flor/src/transport/limits.ts";
import type { OverlayPath } from "@florenetes/fabric-flor/src/agent/door/overlay.ts";
import type { View } from "@florenetes/fabric-flor/src/agent/door/view.ts";
import { TrafficClass } from "@florenetes/forwarding";
import type { Walk } from "./packet-walk.ts";

/** The origin of a flow. */
interface FlowVertex {
  readonly now: number;
  readonly after: (delayMs: number, act: () => void) => () => void;
  /** The number of a link of that name; undefined: there is none. */
  readonly numberOf: (link: string) => number | undefined;
  readonly isUp: (link: number) => boolean;
  readonly walk: (route: Pick<Route, "link" | "labels">) => Walk;
  /** The state of routes has changed. */
  readonly handleRoutes: () => void;
}

interface Measured {
  readonly roundTripMs: number;
  /** From 0 to 1. */
  readonly loss: number;
}

/** Nothing is answered for so long: the far end is out of reach. */
const UNANSWERED_MS = 1_000;
/** A packet that was not answered is followed by another one after so long. */
const AGAIN_MS = 250;

export interface FlowOptions {
  readonly vertex: FlowVertex;
  readonly service: string;
  /** Between two packets that are answered. */
  readonly packetMs: number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly onWalk: (flow: FleetFlow, route: Route, walk: Walk) => void;
  readonly onSwitch: (flow: FleetFlow, reason: string, recoveryMs: number) => void;
}

export class FleetFlow {
  readonly service: string;
  readonly path: string;
  /** Since when nothing is answered; undefined: the last packet was. */
  unansweredSince: number | undefined;
  /** When a packet was answered last; -Infinity: none was. */
  answeredAt: number = Number.NEGATIVE_INFINITY;
  readonly #options: FlowOptions;
  readonly #table: RouteTable;
  /** Undefined until the path has a route. */
  #switch: RouteSwitch | undefined;
  readonly #measured = new Map<string, Measured>();
  #roundTripMs = 50;
  #probesAt = 0;
  #stop: () => void = () => undefined;

  constructor(path: OverlayPath, options: FlowOptions) {
    this.#options = options;
    this.service = options.service;
    this.path = path.name;
    const { vertex, random } = options;
    this.#table = new RouteTable(routesOf(path, vertex), { isUp: (link) => vertex.isUp(link), random });
    this.#plan(1 + Math.floor(random() * options.packetMs));
  }

  get route(): Route | undefined {
    return this.#switch?.route;
  }

  /** Takes the routes of the path as they are now. */
  follow(path: OverlayPath): void {
    this.#table.replace(routesOf(path, this.#options.vertex));
    this.#switch?.handleTable(this.#now);
  }

  handleLinks(): void {
    for (const link of new Set(this.#table.routes.map((route) => route.link))) this.#table.handleLink(link, this.#now);
    if (this.#switch?.handleTable(this.#now) === true) this.#plan(1);
  }

  close(): void {
    this.#stop();
  }

  view(): View["routes"] {
    const inUse = this.#switch?.route;
    return this.#table.routes.map((route) => ({
      path: this.path,
      route: route.name,
      inUse: route === inUse ? ["reliable" as const] : [],
      failure: route.failure?.reason ?? null,
      measured: shown(this.#measured.get(route.name)),
      rate: 0,
    }));
  }

  get #now(): number {
    return this.#options.vertex.now;
  }

  #makeSwitch(): RouteSwitch {
    const { onSwitch } = this.#options;
    return new RouteSwitch(
      {
        table: this.#table,
        trafficClass: TrafficClass.reliable,
        rttMs: () => this.#roundTripMs,
        hasConnection: () => true,
        onSwitched: ({ reason, recoveryMs }) => onSwitch(this, reason, recoveryMs),
        onSilent: () => this.#options.vertex.handleRoutes(),
      },
      undefined,
      this.#now,
    );
  }

  #plan(delayMs: number): void {
    this.#stop();
    this.#stop = this.#options.vertex.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    const { packetMs, vertex } = this.#options;
    if (this.#table.routes.length === 0) return this.#plan(packetMs);
    this.#switch ??= this.#makeSwitch();
    const { route } = this.#switch;
    const before = this.#state();
    const now = this.#now;
    const isAnswered = this.#send(route);
    if (isAnswered) {
      [this.unansweredSince, this.answeredAt] = [undefined, now];
      this.#switch.handleAnswered(now);
    } else {
      this.unansweredSince ??= now;
      if (now - this.unansweredSince >= UNANSWERED_MS) this.#switch.handleUnanswered(now - this.unansweredSince, now);
    }
    this.#switch.handleTimeout(now);
    if (now >= this.#probesAt) this.#probe(now);
    if (this.#state() !== before) vertex.handleRoutes();
    const wait = this.#switch.nextTimeout(now) - now;
    this.#plan(isAnswered ? packetMs : Math.max(1, Math.min(AGAIN_MS, wait)));
  }

  /** Failed routes are asked whether they are good again. */
  #probe(now: number): void {
    this.#probesAt = now + ROUTE_PROBE_MS;
    for (const route of this.#table.routes)
      if (route.failure !== undefined) this.#table.handleProbe(route, route.isLinkUp && this.#send(route), now);
  }

  #send(route: Route): boolean {
    const { vertex, service, onWalk } = this.#options;
    const walk = vertex.walk(route);
    onWalk(this, route, walk);
    const isAnswered = walk.outcome === "answered" && walk.service === service;
    const before = this.#measured.get(route.name) ?? { roundTripMs: walk.roundTripMs, loss: 0 };
    const loss = before.loss * 0.9 + (isAnswered ? 0 : 0.1);
    const roundTripMs = isAnswered ? walk.roundTripMs : before.roundTripMs;
    this.#measured.set(route.name, { roundTripMs, loss });
    if (isAnswered) this.#roundTripMs = walk.roundTripMs;
    return isAnswered;
  }

  #state(): string {
    const inUse = this.#switch?.route.name;
    return JSON.stringify([inUse, this.#table.routes.map(({ name, failure }) => [name, failure?.reason])]);
  }
}

/** Figures as a vertex shows them. What is kept is not rounded: loss would stay at a few percent for ever, however many packets are answered. */
function shown(measured: Measured | undefined): Measured | null {
  if (measured === undefined) return null;
  const { roundTripMs, loss } = measured;
  return { roundTripMs, loss: Math.round(100 * loss) / 100 };
}

/** The routes of a path whose first links there are. */
function routesOf({ routes, link, labels = [], name }: OverlayPath, vertex: FlowVertex) {
  const all = routes ?? (link === undefined ? [] : [{ link, labels, via: [name] }]);
  return all.flatMap(({ link, labels, via }) => {
    const number = vertex.numberOf(link);
    return number === undefined ? [] : [{ link: number, labels, name: via.join(">") }];
  });
}
