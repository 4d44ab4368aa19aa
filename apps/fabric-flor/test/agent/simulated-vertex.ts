import type { Scheduler } from "@florenetes/simkit";
import type { Agent } from "../../src/agent/agent.ts";
import type { DoorFault, DoorRequest, DoorResult, OverlayOrder } from "../../src/agent/door/door-sync.ts";
import type { Overlay } from "../../src/agent/door/overlay.ts";
import type { DoorEvent, View, ViewAuto } from "../../src/agent/door/view.ts";
import type { Moment } from "../../src/agent/moment.ts";
import { upLink, viewOf } from "./views.ts";

const HANDSHAKE_MS = 20;
const AGAIN_MS = 1_000;
const EVENTS_MS = 4_000;
const TOLD_MAX = 256;

/** The node of a vertex, and the other nodes. */
export interface VertexNode {
  readonly name: string;
  readonly agent: Agent;
  readonly at: Moment;
  readonly vertex: SimVertex;
  readonly mesh: { readonly scheduler: Scheduler; readonly node: (name: string) => VertexNode };
  readonly do: (act: (agent: Agent) => void) => void;
}

/** The parts of a mesh that vertices know. */
export interface VertexOptions {
  readonly links: readonly (readonly [string, string])[];
  readonly services?: Readonly<Record<string, readonly string[]>>;
  readonly wants?: Readonly<Record<string, readonly string[]>>;
}

/** A cluster vertex: its door, and handshakes over paths to neighbours and over their links one further. */
export class SimVertex {
  view: View;
  protected readonly node: VertexNode;
  readonly orders: OverlayOrder[] = [];
  /** Services here answer nobody. */
  isSilent = false;
  /** Services here let nobody in, for a reason that says nothing of who anybody is. */
  declines = false;
  /** The door's socket is not there. */
  isAway = false;
  /** Keys of services here: what handshakes show. */
  keys: Readonly<Record<string, string>>;
  /** The share of packets that is lost on routes, by their names. */
  readonly #losses = new Map<string, number>();
  #waiting: (() => void)[] = [];
  /** Ends the waits for the next handshakes with the hosts of services. */
  readonly #proofs = new Map<string, () => void>();
  /** Events that say more than that the view is another one: the last ones. */
  #told: readonly { readonly instance: string; readonly at: number; readonly event: DoorEvent }[] = [];

  constructor(node: VertexNode, options: VertexOptions) {
    const { name } = node;
    this.node = node;
    const peers = options.links.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []));
    const services = options.services?.[name] ?? [];
    this.keys = Object.fromEntries(services.map((service) => [service, keyOf(`${service}@${name}`)]));
    this.view = viewOf({
      vertex: name,
      generation: 0,
      links: peers.map((peer, at) => ({ ...upLink(peer), label: 100 + at })),
      services: services.map((service, at) => {
        return { name: service, label: 900 + at, keys: [this.keys[service]!], target: "unknown" };
      }),
      own: [`vertex/${name}`, `service/fabric.${name}`].map((principal) => ({ principal, keys: [keyOf(principal)] })),
      auto: (options.wants?.[name] ?? []).map((service) => ({
        service,
        path: null,
        next: null,
        state: "none" as const,
        text: "",
      })),
    });
  }

  auto(service: string): ViewAuto | undefined {
    return this.view.auto.find((auto) => auto.service === service);
  }

  change(changes: Partial<View>): void {
    this.view = { ...this.view, ...changes, event: this.view.event + 1 };
    if (changes.links !== undefined && changes.routes === undefined)
      this.view = { ...this.view, routes: this.routesOf(this.view.overlay) };
    this.#prove();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Packets are lost on a route from now on, wherever that is. */
  lose(route: string, share: number): void {
    this.#losses.set(route, share);
    this.change({ routes: this.routesOf(this.view.overlay) });
  }

  ask(request: DoorRequest): void {
    const { scheduler } = this.node.mesh;
    const { agent } = this.node;
    const answer = (result: DoorResult, delayMs = 1): void => {
      scheduler.after(delayMs, () => {
        if (this.node.agent === agent) this.node.do((agent) => agent.handleDoor(result, this.node.at));
      });
    };
    const none = { code: "ERR_ADMIN_NOT_RUNNING", text: "there is no socket", advice: "" };
    if (this.isAway) return answer({ kind: "away", request: request.kind, fault: none });
    if (request.kind === "view") return answer({ kind: "view", view: this.view });
    if (request.kind === "events") return this.#answerEvents(request.after, answer);
    const { order } = request;
    if (order.base !== this.view.generation)
      return answer({ kind: "refused", fault: { code: "ERR_OVERLAY_BASE", text: "", advice: "" } });
    const fault = this.take(order);
    if (fault !== undefined) return answer({ kind: "refused", fault });
    const { base: _base, life, ...overlay } = order;
    const auto = this.view.auto.map((auto): ViewAuto => {
      const lead = overlay.leads.find(({ service }) => service === auto.service);
      const { path = null, next = null, standby = null } = lead ?? {};
      const knowsStandbys = auto.standby !== undefined && auto.standby !== standby;
      const known = knowsStandbys ? { ...auto, standby, standbyState: "none" as const } : auto;
      if (path === auto.path && next === auto.next) return known;
      return { ...known, path, next, state: next === null ? "none" : "unproven" };
    });
    this.change({ generation: this.view.generation + 1, overlay, life, auto, routes: this.routesOf(overlay) });
    return answer({ kind: "posted" });
  }

  /** Takes an order whose base is right; returns why it is refused. */
  protected take(order: OverlayOrder): DoorFault | undefined {
    this.orders.push(order);
    return undefined;
  }

  /** Has the agent hear of an event. */
  protected tell(event: (n: number) => DoorEvent): void {
    const told = { instance: this.view.instance, at: this.node.mesh.scheduler.now, event: event(this.view.event + 1) };
    this.#told = [...this.#told, told].slice(-TOLD_MAX);
    this.change({});
  }

  #answerEvents(after: number, answer: (result: DoorResult) => void): void {
    const events = (): DoorResult => {
      const { instance, event } = this.view;
      const now = this.node.mesh.scheduler.now;
      const told = this.#told
        .filter((each) => each.instance === instance && each.event.n > after)
        .map(({ at, event }) => (event.kind === "knock" ? { ...event, agoMs: now - at } : event));
      return {
        kind: "events",
        events: {
          instance,
          next: event,
          lost: false,
          events: event > after ? [...told, { n: event, kind: "other" }] : [],
        },
      };
    };
    if (this.view.event > after) return answer(events());
    let isAnswered = false;
    const done = (): void => {
      if (!isAnswered) answer(events());
      isAnswered = true;
    };
    this.#waiting.push(done);
    this.node.mesh.scheduler.after(EVENTS_MS, done);
  }

  /** Connections use the first route of a path, or its link, which is its only route. */
  protected routesOf({ paths }: Overlay): View["routes"] {
    return paths.flatMap(({ name: path, link, routes }) => {
      const only = this.view.links.find(({ name }) => name === link);
      const names = routes?.map(({ via }) => via.join(">")) ?? (only === undefined ? [] : [only.peer]);
      return names.map((route, at) => {
        const loss = only?.state === "down" ? 1 : (this.#losses.get(route) ?? 0);
        const inUse = at === 0 ? ["reliable" as const] : [];
        if (loss === 1) return { path, route, inUse, failure: "timeout", measured: { roundTripMs: 0, loss }, rate: 0 };
        return { path, route, inUse, failure: null, measured: at === 0 ? { roundTripMs: 3, loss } : null, rate: 0 };
      });
    });
  }

  /** Handshakes with what is `next`: a while later it is known who is there, and where nobody is, it is tried again. */
  #prove(): void {
    for (const { service, next } of this.view.auto) if (next !== null) this.#tryProof(service, next, HANDSHAKE_MS);
  }

  #tryProof(service: string, next: string, delayMs: number): void {
    this.#proofs.get(service)?.();
    const cancel = this.node.mesh.scheduler.after(delayMs, () => {
      this.#proofs.delete(service);
      const auto = this.auto(service);
      if (auto === undefined || auto.next !== next) return;
      const state = this.look(service, next);
      if (state === "unproven") this.#tryProof(service, next, AGAIN_MS);
      if (state !== auto.state)
        this.change({ auto: this.view.auto.map((each) => (each === auto ? { ...auto, state } : each)) });
    });
    this.#proofs.set(service, cancel);
  }

  protected look(service: string, name: string): ViewAuto["state"] {
    const ordered = this.view.overlay.paths.find((path) => path.name === name);
    const isUp = (name: string): boolean => this.view.links.some((link) => link.name === name && link.state === "up");
    const path = ordered?.routes?.find(({ link }) => isUp(link)) ?? ordered;
    const link = this.view.links.find(({ name, state }) => name === path?.link && state === "up");
    if (path === undefined || (path.link !== undefined && link === undefined)) return "unproven";
    let node: VertexNode = link === undefined ? this.node : this.node.mesh.node(link.peer);
    const labels = path.labels ?? [];
    const label = labels.at(-1);
    // Labels before the last one are links of the nodes on the way, by their order.
    for (const label of labels.slice(0, -1)) node = node.mesh.node(node.vertex.view.links[label - 100]!.peer);
    const found = node.vertex.view.services.find((service) => service.label === label);
    if (found === undefined || node.vertex.isSilent) return "unproven";
    if (node.vertex.declines) return "declined";
    const pins = this.view.overlay.pins[`service/${service}`];
    const key = node.vertex.keys[found.name]!;
    return found.name === service && (pins === undefined || pins.includes(key)) ? "proven" : "refused";
  }
}

/** A made-up hash of a key, which is the same each time. */
export function keyOf(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
}
