/** The links of a simulated vertex: it calls where orders say, lets in whom they name, and ends what they or pins do not want any more. */
import type { OverlayLink } from "@florenetes/fabric-flor/src/agent/door/overlay.ts";
import type { ViewLink } from "@florenetes/fabric-flor/src/agent/door/view.ts";
import type { Scheduler, Random } from "@florenetes/simkit";
import type { FleetLink, LinkEnds, LinkOwner } from "./fleet-link.ts";
import type { FleetNet } from "./fleet-net.ts";

/** Between two calls at the endpoints of an order. */
const CALL_MS = 1_000;
/** A link whose packets come to nothing is down after so long. */
export const DEAD_MS = 1_000;
const LABEL_MIN = 16;
const LABELS = 1_000_000;

export class FleetLinks implements LinkEnds {
  readonly #owner: LinkOwner;
  readonly #net: FleetNet;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #links = new Map<string, FleetLink>();
  readonly #labels = new Map<string, { readonly label: number; readonly number: number }>();

  constructor(owner: LinkOwner, net: FleetNet, scheduler: Scheduler, random: Random) {
    this.#owner = owner;
    this.#net = net;
    this.#scheduler = scheduler;
    this.#random = random;
  }

  get all(): Iterable<FleetLink> {
    return this.#links.values();
  }

  to(peer: string): FleetLink | undefined {
    return this.#links.get(peer);
  }

  /** Whether packets pass to a peer and back. */
  carries(peer: string): boolean {
    return this.#links.get(peer)?.isUp === true && !this.#net.isCut(this.#owner.name, peer);
  }

  /** Takes the links of an order in the place of those before. */
  follow(orders: readonly OverlayLink[]): void {
    const wanted = new Map(orders.map((order) => [order.peer, order]));
    for (const peer of this.#links.keys()) if (!wanted.has(peer)) this.#remove(peer);
    for (const [peer, order] of wanted) {
      const known = this.#links.get(peer);
      if (known === undefined) {
        const link: FleetLink = {
          ...this.#numbered(peer),
          peer,
          name: order.name,
          isUp: false,
          code: "",
          endpoint: undefined,
          order,
          stop: () => undefined,
        };
        this.#links.set(peer, link);
        this.#call(link, 0);
      } else {
        const isOther = known.order.endpoints.join() !== order.endpoints.join();
        known.order = order;
        if (isOther && !known.isUp) this.#call(known, 0);
      }
    }
  }

  /** Ends links to peers that pins do not let in any more. */
  judge(): void {
    for (const { peer, isUp } of this.#links.values())
      if (isUp && !this.#owner.lets(peer)) this.down(peer, "NOT_PINNED");
  }

  /** Whoever calls is let in where there is an order that waits for it; else the caller is told why not. */
  handleCall(caller: LinkOwner): string {
    const link = this.#links.get(caller.name);
    if (this.#owner.isDead) return "NO_ANSWER";
    if (!this.#owner.lets(caller.name)) return "NOT_PINNED";
    if (link === undefined) {
      this.#owner.onKnock(caller.name);
      return "NOT_WANTED";
    }
    if (link.order.endpoints.length > 0 && !link.isUp) return "ROLE_CONFLICT";
    this.#up(link, undefined);
    return "";
  }

  /** The link to a peer is down at both ends. */
  down(peer: string, code: string): void {
    const link = this.#links.get(peer);
    const other = this.#ownerOf(peer);
    this.#lose(link, code);
    other?.links.lose(this.#owner.name, code);
  }

  /** The peer has ended its link, or nothing comes from it. */
  lose(peer: string, code: string): void {
    this.#lose(this.#links.get(peer), code);
  }

  /** All links are down: at once here, and at the peers once they have heard nothing for a while. */
  breakAll(): void {
    for (const link of this.#links.values()) {
      const { peer } = link;
      if (!link.isUp) continue;
      this.#lose(link, "NO_ANSWER");
      this.#scheduler.after(DEAD_MS, () => {
        const other = this.#ownerOf(peer);
        if (!this.#links.get(peer)?.isUp) other?.links.lose(this.#owner.name, "NO_ANSWER");
      });
    }
  }

  /** The process runs again: it calls where it is ordered to. */
  callAll(): void {
    for (const link of this.#links.values()) this.#call(link, 0);
  }

  view(figuresOf: (peer: string) => ViewLink["figures"]): ViewLink[] {
    return [...this.#links.values()].map(({ name, peer, label, isUp, code, endpoint }) => ({
      name,
      peer,
      tag: "0",
      label,
      state: isUp ? ("up" as const) : ("down" as const),
      code,
      endpoint: endpoint ?? null,
      seen: isUp ? this.#net.endpointOf(peer) : null,
      overlay: true,
      figures: isUp ? figuresOf(peer) : null,
    }));
  }

  #ownerOf(peer: string): LinkOwner | undefined {
    return this.#net.at(this.#net.endpointOf(peer));
  }

  /** A peer keeps its label and number for as long as this vertex lives. */
  #numbered(peer: string): { readonly label: number; readonly number: number } {
    let numbered = this.#labels.get(peer);
    if (numbered === undefined) {
      const taken = new Set([...this.#labels.values()].map(({ label }) => label));
      let label = LABEL_MIN + this.#random.below(LABELS);
      while (taken.has(label)) label++;
      numbered = { label, number: this.#labels.size };
      this.#labels.set(peer, numbered);
    }
    return numbered;
  }

  #call(link: FleetLink, at: number): void {
    const { endpoints, peer } = link.order;
    link.stop();
    const endpoint = endpoints[at % endpoints.length];
    if (endpoint === undefined || link.isUp || this.#owner.isDead) return;
    const net = this.#net;
    const found = net.at(endpoint);
    const { name } = this.#owner;
    const isThere = found?.name === peer && !net.isCut(name, peer);
    const roundTripMs = isThere ? 2 * net.delayMs(name, peer) : CALL_MS;
    link.stop = this.#scheduler.after(roundTripMs, () => {
      if (this.#links.get(peer) !== link || link.isUp || this.#owner.isDead) return;
      const isOpen = isThere && this.#owner.lets(peer) && found === net.at(endpoint) && !net.isCut(name, peer);
      const code = isOpen ? found.links.handleCall(this.#owner) : "NO_ANSWER";
      if (code === "") return this.#up(link, endpoint);
      if (code !== link.code) {
        link.code = code;
        this.#owner.onLinks();
      }
      link.stop = this.#scheduler.after(CALL_MS, () => this.#call(link, at + 1));
    });
  }

  #up(link: FleetLink, endpoint: string | undefined): void {
    link.stop();
    if (link.isUp && link.endpoint === endpoint) return;
    // A peer that calls again has lost the link before it was missed here.
    if (link.isUp) this.#owner.onLost(link.peer);
    Object.assign(link, { isUp: true, code: "", endpoint });
    this.#owner.onLinks();
  }

  #lose(link: FleetLink | undefined, code: string): void {
    if (link === undefined || !link.isUp) return;
    Object.assign(link, { isUp: false, code, endpoint: undefined });
    this.#owner.onLost(link.peer);
    this.#owner.onLinks();
    this.#call(link, 0);
  }

  #remove(peer: string): void {
    const link = this.#links.get(peer)!;
    link.stop();
    this.#links.delete(peer);
    if (!link.isUp) return;
    link.isUp = false;
    this.#owner.onLost(peer);
    const other = this.#ownerOf(peer);
    other?.links.lose(this.#owner.name, "CLOSED");
  }
}
