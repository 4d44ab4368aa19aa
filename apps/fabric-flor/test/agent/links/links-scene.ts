/** The links of one agent, over a vertex that does what orders say, and peers that answer or do not. */
import { type Endpoint, type FactBook, KINDS, signPayload, writePayload } from "@florenetes/facts";
import type { AgentNews } from "../../../src/agent/agent-orders.ts";
import type { DoorFault } from "../../../src/agent/door/door-sync.ts";
import type { OverlayLink } from "../../../src/agent/door/overlay.ts";
import type { View, ViewLink } from "../../../src/agent/door/view.ts";
import { AgentLinks } from "../../../src/agent/links/agent-links.ts";
import { Misuse } from "../../../src/agent/misuse/misuse.ts";
import type { Moment } from "../../../src/agent/moment.ts";
import { newKey, type TestKey } from "../../demo-records.ts";
import { bookOf, MINUTE, NOW, record, rootOf } from "../programs/program-scene.ts";
import { upLink, viewOf } from "../views.ts";

const root = rootOf("development", 1);
const STEP_MS = 100;
export const BOUNDS = { linksMax: 128, dial: null };

export class LinksScene {
  readonly node: string;
  readonly book: FactBook;
  links: AgentLinks;
  readonly misuse: Misuse = new Misuse();
  readonly keys = new Map<string, TestKey>();
  /** Rows that the agent has kept. */
  readonly kept: Map<string, string>;
  readonly news: AgentNews[] = [];
  /** How a peer answers that is called at an endpoint: `up`, or a code; default: it does not. */
  answer: (link: OverlayLink) => string = () => "NO_ANSWER";
  /** Peers that call, where they are let in. */
  readonly calling = new Set<string>();
  /** Why the link to a peer that calls no more is down; default: nobody says. */
  readonly lostAs = new Map<string, string>();
  /** Nodes that serve what the node wants. */
  hosts: readonly string[] = [];
  refused: DoorFault | undefined;
  view: View;
  now = 0;
  /** Each endpoint with how long it was called, in milliseconds. */
  readonly called = new Map<string, number>();
  /** The most endpoints that were begun to be called within a second. */
  readonly begun: number[] = [];
  orders: readonly OverlayLink[] = [];

  constructor(node = "a", bounds: View["bounds"] = BOUNDS) {
    this.node = node;
    this.kept = new Map();
    this.book = bookOf(root, node);
    this.view = viewOf({ vertex: node, links: [], bounds });
    this.links = this.#open();
  }

  /** Another life of the agent, which finds what was kept, and a vertex without an overlay. */
  restart(): this {
    this.view = {
      ...this.view,
      links: this.view.links.filter(({ overlay }) => !overlay),
      overlay: { ...this.view.overlay, links: [] },
    };
    this.orders = [];
    this.links = this.#open();
    return this;
  }

  #open(): AgentLinks {
    const { node } = this;
    return new AgentLinks({
      node,
      book: () => this.book,
      isNode: () => this.book.inForce("node", "cluster", node, this.at.wall) !== undefined,
      refused: () => this.refused,
      hosts: () => this.hosts,
      onChange: () => undefined,
      randomBytes: (size) => new Uint8Array(size).fill(128),
      misuse: this.misuse,
      kept: [...this.kept].map(([name, text]) => ({ name, text })),
    });
  }

  get at(): Moment {
    // The monotonic clock has parts of milliseconds.
    return { now: this.now + (this.now % 700) / 1_000, wall: NOW + this.now };
  }

  keyOf(name: string): TestKey {
    if (!this.keys.has(name)) this.keys.set(name, newKey(name));
    return this.keys.get(name)!;
  }

  take(...records: readonly Buffer[]): this {
    for (const octets of records) {
      const judgement = this.book.offer(octets, this.at.wall);
      if (!judgement.isAccepted) throw new Error(judgement.reason);
    }
    for (let event = this.book.pollEvent(); event !== undefined; event = this.book.pollEvent())
      this.links.handleBook(event);
    return this;
  }

  /** Nodes with records; relays have that role, too. */
  nodes(...names: readonly string[]): this {
    const body = (name: string) => ({
      key: this.keyOf(name).key,
      organization: "acme",
      partition: "north",
      "trust-tier": 1,
    });
    return this.take(...names.map((name) => record({ kind: "node", subject: name, body: body(name) })));
  }

  relays(...names: readonly string[]): this {
    return this.nodes(...names).take(...names.map((name) => record({ subject: `${name}/relay/north` })));
  }

  announce(
    name: string,
    endpoints: readonly string[],
    hashes: readonly string[] = [],
    capabilities: readonly string[] = [],
  ): this {
    const body = { endpoints: endpoints.map(published), "spki-hashes": hashes, services: [], capabilities };
    const slot = {
      cluster: "demo",
      kind: "announce",
      scope: "cluster",
      subject: name,
      authority: "node",
      issuer: name,
    };
    const life = { issued: NOW + this.now, expires: NOW + this.now + 15 * MINUTE };
    const payload = writePayload({ ...slot, epoch: 1 + this.now, generation: 0, ...life, body });
    return this.take(signPayload(payload, [this.keyOf(name)]));
  }

  seeds(...names: readonly string[]): this {
    const seeds = names.map((node, at) => ({
      node,
      key: this.keyOf(node).key,
      endpoints: [published(endpointOf(at + 1))],
    }));
    return this.take(record({ kind: "seeds", subject: "seeds", epoch: 1 + this.now, body: { seeds } }));
  }

  /** Takes the role of a relay back. */
  noRelay(name: string): this {
    const life = { epoch: 2, void: true, body: {}, expires: NOW + KINDS.role.life };
    return this.take(record({ subject: `${name}/relay/north`, ...life }));
  }

  void(name: string): this {
    return this.take(
      record({ kind: "node", subject: name, epoch: 2, void: true, body: {}, expires: NOW + 400 * 86_400_000 }),
    );
  }

  knock(peer: string, key = "ab".repeat(32), agoMs = 0): void {
    const event = { n: 1, kind: "knock", portal: "quic", peer, tag: "0", key, address: null, agoMs } as const;
    this.links.handleDoorEvents([event], this.at);
  }

  /** Lets time pass: orders are done at once. */
  run(ms: number): this {
    for (const end = this.now + ms; this.now < end; this.now += STEP_MS) {
      this.links.advance(this.at);
      this.#perform();
      for (let news = this.links.pollNews(); news !== undefined; news = this.links.pollNews()) this.news.push(news);
      for (let order = this.links.pollOrder(); order !== undefined; order = this.links.pollOrder())
        if (order.kind === "keep-links")
          for (const { name, text } of order.rows) {
            if (text === undefined) this.kept.delete(name);
            else this.kept.set(name, text);
          }
    }
    return this;
  }

  order(peer: string): OverlayLink | undefined {
    return this.orders.find((link) => link.peer === peer);
  }

  stateOf(peer: string): ViewLink["state"] | undefined {
    return this.view.links.find((link) => link.peer === peer)?.state;
  }

  #perform(): void {
    for (const { name, until } of this.links.orders(this.at.wall))
      if (!Number.isInteger(until)) throw new Error(`no door takes link ${name} until ${until}`);
    const before = new Set(this.orders.flatMap(({ endpoints }) => endpoints.slice(0, 1)));
    this.orders = this.links.orders(this.at.wall).filter(({ until }) => until > this.at.wall);
    const ofFile = this.view.links.filter(({ overlay }) => !overlay);
    const made = this.orders.map((order): ViewLink => {
      const [endpoint] = order.endpoints;
      const word = this.calling.has(order.peer) ? "up" : (this.lostAs.get(order.peer) ?? "");
      const answer = endpoint === undefined ? word : this.answer(order);
      const isUp = answer === "up";
      if (endpoint !== undefined && !isUp) {
        this.called.set(endpoint, (this.called.get(endpoint) ?? 0) + STEP_MS);
        if (!before.has(endpoint)) this.begun.push(this.now);
      }
      const state = isUp ? "up" : "down";
      return {
        ...upLink(order.peer),
        name: order.name,
        state,
        code: isUp ? "" : answer,
        endpoint: endpoint ?? null,
        overlay: true,
      };
    });
    this.view = { ...this.view, links: [...ofFile, ...made], overlay: { ...this.view.overlay, links: this.orders } };
    this.links.handleView(this.view, this.at);
  }
}

/** Node a, and eight relays that answer. */
export function amongRelays(node = "a"): LinksScene {
  const scene = new LinksScene(node).nodes(node);
  const names = Array.from({ length: 8 }, (_, at) => `r${at}`);
  scene.relays(...names);
  for (const [at, name] of names.entries()) scene.announce(name, [endpointOf(at + 1)]);
  scene.answer = () => "up";
  return scene;
}

/** Node a, and four relays that are seeds; everybody answers. */
export function amongSeeds(): LinksScene {
  const scene = new LinksScene().nodes("a");
  const names = ["s0", "s1", "s2", "s3"];
  scene.relays(...names).seeds(...names);
  scene.answer = () => "up";
  return scene;
}

export function endpointOf(host: number): string {
  return `udp://192.0.2.${host}:4433`;
}

function published(endpoint: string, at: number = 0): Endpoint {
  return { id: `e${at}`, endpoint, carrier: "quic", reach: "public", priority: at, weight: 0 };
}
