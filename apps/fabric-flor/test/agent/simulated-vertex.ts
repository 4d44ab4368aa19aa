import type { Scheduler } from "@florenetes/simkit";
import type { Agent } from "../../src/agent/agent.ts";
import type { DoorRequest, DoorResult, OverlayOrder } from "../../src/agent/door/door-sync.ts";
import type { View, ViewAuto } from "../../src/agent/door/view.ts";
import type { Moment } from "../../src/agent/moment.ts";
import { viewOf } from "./views.ts";

const HANDSHAKE_MS = 20;
const EVENTS_MS = 4_000;

/** The node of a vertex, and the other nodes. */
interface VertexNode {
  readonly name: string;
  readonly agent: Agent;
  readonly at: Moment;
  readonly vertex: SimVertex;
  readonly mesh: { readonly scheduler: Scheduler; readonly node: (name: string) => VertexNode };
  readonly do: (act: (agent: Agent) => void) => void;
}

/** The parts of a mesh that vertices know. */
interface VertexOptions {
  readonly links: readonly (readonly [string, string])[];
  readonly services?: Readonly<Record<string, readonly string[]>>;
  readonly wants?: Readonly<Record<string, readonly string[]>>;
}

/** A cluster vertex: its door, and handshakes over paths to neighbours and over their links one further. */
export class SimVertex {
  view: View;
  readonly #node: VertexNode;
  readonly orders: OverlayOrder[] = [];
  /** Services here answer nobody. */
  isSilent = false;
  /** The door's socket is not there. */
  isAway = false;
  /** Keys of services here: what handshakes show. */
  keys: Readonly<Record<string, string>>;
  #waiting: (() => void)[] = [];

  constructor(node: VertexNode, options: VertexOptions) {
    const { name } = node;
    this.#node = node;
    const peers = options.links.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []));
    const services = options.services?.[name] ?? [];
    this.keys = Object.fromEntries(services.map((service) => [service, keyOf(`${service}@${name}`)]));
    this.view = viewOf({
      vertex: name,
      generation: 0,
      links: peers.map((peer) => ({ name: peer, peer, state: "up" as const })),
      services: services.map((service, at) => ({ name: service, label: 900 + at, keys: [this.keys[service]!] })),
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
    this.#prove();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  ask(request: DoorRequest): void {
    const { scheduler } = this.#node.mesh;
    const { agent } = this.#node;
    const answer = (result: DoorResult, delayMs = 1): void => {
      scheduler.after(delayMs, () => {
        if (this.#node.agent === agent) this.#node.do((agent) => agent.handleDoor(result, this.#node.at));
      });
    };
    const fault = { code: "ERR_ADMIN_NOT_RUNNING", text: "there is no socket", advice: "" };
    if (this.isAway) return answer({ kind: "away", request: request.kind, fault });
    if (request.kind === "view") return answer({ kind: "view", view: this.view });
    if (request.kind === "events") return this.#answerEvents(request.after, answer);
    const { order } = request;
    if (order.base !== this.view.generation)
      return answer({ kind: "refused", fault: { code: "ERR_OVERLAY_BASE", text: "", advice: "" } });
    this.orders.push(order);
    const { paths, leads, pins, life } = order;
    const auto = this.view.auto.map((auto): ViewAuto => {
      const { path = null, next = null } = leads.find(({ service }) => service === auto.service) ?? {};
      if (path === auto.path && next === auto.next) return auto;
      return { ...auto, path, next, state: next === null ? "none" : "unproven" };
    });
    this.change({ generation: this.view.generation + 1, overlay: { paths, leads, pins }, life, auto });
    return answer({ kind: "posted" });
  }

  #answerEvents(after: number, answer: (result: DoorResult) => void): void {
    const events = (): DoorResult => {
      const { event } = this.view;
      return {
        kind: "events",
        events: { next: event, lost: false, events: event > after ? [{ n: event, kind: "links" }] : [] },
      };
    };
    if (this.view.event > after) return answer(events());
    let isAnswered = false;
    const done = (): void => {
      if (!isAnswered) answer(events());
      isAnswered = true;
    };
    this.#waiting.push(done);
    this.#node.mesh.scheduler.after(EVENTS_MS, done);
  }

  /** Handshakes with what is `next`: a while later it is known who is there. */
  #prove(): void {
    for (const { service, next } of this.view.auto) {
      if (next === null) continue;
      this.#node.mesh.scheduler.after(HANDSHAKE_MS, () => {
        const auto = this.auto(service);
        if (auto === undefined || auto.next !== next) return;
        const state = this.#look(service, next);
        if (state === auto.state) return;
        this.change({ auto: this.view.auto.map((each) => (each === auto ? { ...auto, state } : each)) });
      });
    }
  }

  #look(service: string, name: string): ViewAuto["state"] {
    const path = this.view.overlay.paths.find((path) => path.name === name);
    const link = this.view.links.find(({ name, state }) => name === path?.link && state === "up");
    if (path === undefined || (path.link !== undefined && link === undefined)) return "unproven";
    let node: VertexNode = link === undefined ? this.#node : this.#node.mesh.node(link.peer);
    const label = path.labels.at(-1);
    // Labels before the last one are links of the nodes on the way, by their order.
    for (const label of path.labels.slice(0, -1)) node = node.mesh.node(node.vertex.view.links[label - 100]!.peer);
    const found = node.vertex.view.services.find((service) => service.label === label);
    if (found === undefined || node.vertex.isSilent) return "unproven";
    const pins = this.view.overlay.pins[`service/${service}`];
    const key = node.vertex.keys[found.name]!;
    return found.name === service && (pins === undefined || pins.includes(key)) ? "proven" : "refused";
  }
}

/** A made-up hash of a key, which is the same each time. */
export function keyOf(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
}
