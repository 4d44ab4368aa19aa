/** Many edges and some hubs, whose links are made by their agents: whoever calls is let in by the hub's agent, or is not. One book stands for all, as all know the same records. */
import { type FactBook, signPayload, writePayload } from "@florenetes/facts";
import { hash } from "node:crypto";
import type { OverlayLink } from "../../../src/agent/door/overlay.ts";
import type { View, ViewLink } from "../../../src/agent/door/view.ts";
import { AgentLinks } from "../../../src/agent/links/agent-links.ts";
import { Misuse } from "../../../src/agent/misuse/misuse.ts";
import type { Moment } from "../../../src/agent/moment.ts";
import { newKey, type TestKey } from "../../demo-records.ts";
import { bookOf, MINUTE, NOW, record, rootOf } from "../programs/program-scene.ts";
import { upLink, viewOf } from "../views.ts";

const STEP_MS = 500;
const ANNOUNCED_MS = 7 * MINUTE;

interface RushNode {
  readonly name: string;
  readonly links: AgentLinks;
  readonly up: Set<string>;
  orders: readonly OverlayLink[];
  text: string;
  isOn: boolean;
  /** The node has had a link, and all records have come by that. */
  knowsAll: boolean;
}

export class RushWorld {
  readonly hubs: readonly RushNode[];
  readonly edges: readonly RushNode[];
  now = 0;
  /** Calls that have begun, by hub and second. */
  readonly calls = new Map<string, number>();
  /** Records that whoever joins knows, where it knows of seeds alone; undefined: all know all. */
  readonly #entryBook: FactBook | undefined;
  readonly #book: FactBook;
  readonly #byName = new Map<string, RushNode>();
  readonly #byEndpoint = new Map<string, RushNode>();
  readonly #keys = new Map<string, TestKey>();
  readonly #announced = new Map<string, { readonly said: string; readonly at: number }>();
  #drawn = 0;
  /** Ends of links, and their peers, which have ended these since the last step. */
  readonly #closed = new Set<string>();

  /** @param plan `seeds`: the last ones of the hubs; edges know of no others before they have a link. Default: edges know all hubs */
  constructor(plan: {
    readonly hubs: number;
    readonly edges: number;
    readonly places: number;
    readonly seeds?: number;
  }) {
    this.#book = bookOf(rootOf("development", 1), "observer");
    this.#entryBook = plan.seeds === undefined ? undefined : bookOf(rootOf("development", 1), "observer");
    const name = (kind: string, at: number): string => `${kind}${at}`;
    const hubs = Array.from({ length: plan.hubs }, (_, at) => name("r", at));
    const edges = Array.from({ length: plan.edges }, (_, at) => name("e", at));
    for (const node of [...hubs, ...edges]) this.#take(this.#nodeOf(node));
    for (const hub of hubs) this.#take(record({ subject: `${hub}/relay/north` }));
    if (plan.seeds !== undefined) this.#takeSeeds(hubs.slice(-plan.seeds));
    this.hubs = hubs.map((node) => this.#make(node, plan.places));
    this.edges = edges.map((node) => this.#make(node, 8));
    for (const node of [...this.hubs, ...this.edges]) this.#byName.set(node.name, node);
    for (const [at, hub] of this.hubs.entries()) {
      this.#byEndpoint.set(endpointOf(at), hub);
      this.#announce(hub, []);
    }
  }

  get at(): Moment {
    return { now: this.now, wall: NOW + this.now };
  }

  /** Edges that have a link, in percent. */
  get percentIn(): number {
    return (100 * this.edges.filter(({ up }) => up.size > 0).length) / this.edges.length;
  }

  /** The most calls within a second at one hub. */
  get peak(): number {
    return Math.max(0, ...this.calls.values());
  }

  /** Lets time pass until something is so, and says how long that took, in seconds; Infinity: it never was. */
  until(isSo: () => boolean, ms: number): number {
    const began = this.now;
    while (!isSo()) {
      if (this.now - began >= ms) return Number.POSITIVE_INFINITY;
      this.step();
    }
    return (this.now - began) / 1_000;
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end;) this.step();
  }

  /** A hub is gone, and all of its links with it. */
  lose(hub: RushNode): void {
    hub.isOn = false;
    for (const peer of hub.up) this.#down(hub, this.#byName.get(peer)!);
  }

  step(): void {
    this.now += STEP_MS;
    for (const node of this.#nodes()) {
      node.links.advance(this.at);
      const orders = node.links.orders(this.at.wall).filter(({ until }) => until > this.at.wall);
      const peers = new Set(orders.map(({ peer }) => peer));
      node.orders = orders;
      for (const peer of node.up) if (!peers.has(peer)) this.#end(node, peer);
    }
    const codes = new Map([...this.#closed].map((end) => [end, "CLOSED"]));
    this.#closed.clear();
    for (const edge of this.edges) if (edge.isOn) this.#call(edge, codes);
    for (const node of this.#nodes()) this.#see(node, codes);
    for (const hub of this.hubs) {
      const said = this.#announced.get(hub.name)!;
      const words = hub.links.capabilities(0, this.at);
      if (hub.isOn && (words.join() !== said.said || this.now >= said.at + ANNOUNCED_MS)) this.#announce(hub, words);
    }
  }

  *#nodes(): Generator<RushNode> {
    for (const node of [...this.hubs, ...this.edges]) if (node.isOn) yield node;
  }

  #call(edge: RushNode, codes: Map<string, string>): void {
    for (const { peer, endpoints } of edge.orders) {
      const hub = this.#byEndpoint.get(endpoints[0] ?? "");
      if (hub?.name !== peer || edge.up.has(peer) || !hub.isOn) continue;
      const key = `${edge.name} ${peer}`;
      if (hub.orders.some((order) => order.peer === edge.name)) {
        edge.up.add(peer);
        edge.knowsAll = true;
        hub.up.add(edge.name);
      } else {
        codes.set(key, "NOT_WANTED");
        const event = {
          n: 1,
          kind: "knock",
          portal: "quic",
          peer: edge.name,
          tag: "0",
          key: "ab".repeat(32),
          address: null,
          agoMs: 0,
        } as const;
        hub.links.handleDoorEvents([event], this.at);
      }
    }
  }

  /** Shows a node its links, where they are others. */
  #see(node: RushNode, codes: ReadonlyMap<string, string>): void {
    const links = node.orders.map((order): ViewLink => {
      const [endpoint = null] = order.endpoints;
      const isUp = node.up.has(order.peer);
      const code = isUp ? "" : (codes.get(`${node.name} ${order.peer}`) ?? "");
      return { ...upLink(order.peer), name: order.name, state: isUp ? "up" : "down", code, endpoint, overlay: true };
    });
    const text = JSON.stringify(links.map(({ peer, state, code, endpoint }) => [peer, state, code, endpoint]));
    if (text === node.text) return;
    const before = new Set(
      (JSON.parse(node.text || "[]") as string[][]).map(([peer, , , endpoint]) => `${peer} ${endpoint}`),
    );
    for (const { peer, endpoint } of links) {
      if (endpoint === null || before.has(`${peer} ${endpoint}`)) continue;
      const second = `${peer} ${Math.floor(this.now / 1_000)}`;
      this.calls.set(second, (this.calls.get(second) ?? 0) + 1);
    }
    node.text = text;
    const most = this.hubs.includes(node) ? node : undefined;
    const view: View = viewOf({
      vertex: node.name,
      links,
      bounds: { linksMax: most === undefined ? 8 : this.#places, dial: null },
    });
    node.links.handleView(view, this.at);
  }

  #places = 0;

  #make(name: string, places: number): RushNode {
    if (name.startsWith("r")) this.#places = places;
    const links = new AgentLinks({
      node: name,
      book: () => (this.#byName.get(name)?.knowsAll === true ? this.#book : (this.#entryBook ?? this.#book)),
      isNode: () => true,
      refused: () => undefined,
      hosts: () => [],
      onChange: () => undefined,
      randomBytes: (size) => Buffer.from(hash("sha256", `${name} ${++this.#drawn}`, "buffer").subarray(0, size)),
      misuse: new Misuse(),
      kept: [],
    });
    links.handleView(viewOf({ vertex: name, links: [], bounds: { linksMax: places, dial: null } }), this.at);
    return { name, links, up: new Set(), orders: [], text: "", isOn: true, knowsAll: name.startsWith("r") };
  }

  /** A node wants a link no more: the other end hears that. */
  #end(node: RushNode, peer: string): void {
    this.#down(node, this.#byName.get(peer)!);
    this.#closed.add(`${peer} ${node.name}`);
  }

  #down(one: RushNode, other: RushNode): void {
    one.up.delete(other.name);
    other.up.delete(one.name);
  }

  #nodeOf(name: string): Buffer {
    const key = newKey(name);
    this.#keys.set(name, key);
    const body = { key: key.key, organization: "acme", partition: "north", "trust-tier": 1 };
    return record({ kind: "node", subject: name, body });
  }

  #announce({ name }: RushNode, capabilities: readonly string[]): void {
    this.#announced.set(name, { said: capabilities.join(), at: this.now });
    const endpoint = endpointOf(Number(name.slice(1)));
    const published = { id: "e0", endpoint, carrier: "quic", reach: "public", priority: 0, weight: 0 };
    const body = { endpoints: [published], "spki-hashes": [], services: [], capabilities };
    const slot = {
      cluster: "demo",
      kind: "announce",
      scope: "cluster",
      subject: name,
      authority: "node",
      issuer: name,
    };
    const { wall } = this.at;
    const life = { epoch: 1 + this.now, generation: 0, issued: wall, expires: wall + 15 * MINUTE };
    this.#take(signPayload(writePayload({ ...slot, ...life, body }), [this.#keys.get(name)!]));
  }

  /** The seeds, as all know them from the start. */
  #takeSeeds(names: readonly string[]): void {
    const seeds = names.map((node) => {
      const endpoint = endpointOf(Number(node.slice(1)));
      const published = { id: "e0", endpoint, carrier: "quic", reach: "public", priority: 0, weight: 0 };
      return { node, key: this.#keys.get(node)!.key, endpoints: [published] };
    });
    const octets = record({ kind: "seeds", subject: "seeds", body: { seeds } });
    for (const book of [this.#book, this.#entryBook!]) {
      const judgement = book.offer(octets, this.at.wall);
      if (!judgement.isAccepted) throw new Error(judgement.reason);
    }
  }

  #take(octets: Buffer): void {
    const judgement = this.#book.offer(octets, this.at.wall);
    if (!judgement.isAccepted) throw new Error(judgement.reason);
  }
}

function endpointOf(hub: number): string {
  return `udp://192.0.2.${hub + 1}:4433`;
}
