/** The endpoints that may be called at present, in their order, and how they have done. Pure. */
import type { Endpoint, FactBook } from "@florenetes/facts";
import type { View } from "../door/view.ts";
import type { Moment } from "../moment.ts";
import { standingOf } from "../records/standing.ts";
import { EndpointHealth } from "./endpoint-health.ts";
import { type KnownPlaces, knownPlaces } from "./known-places.ts";
import type { Rung } from "./ladder.ts";
import type { PeerLink } from "./peer-link.ts";
import { type RankedEndpoint, rankEndpoints, type Source, type Unfit } from "./ranking.ts";
import type { WorkedEndpoints } from "./worked-endpoints.ts";

/** The sources of endpoints on each rung; without one, as a link is up, those of records in force. */
const SOURCES: Readonly<Record<Rung | "linked", ReadonlySet<Source>>> = {
  linked: new Set(["living", "seeds"]),
  living: new Set(["living"]),
  worked: new Set(["living", "worked"]),
  seeds: new Set(["living", "worked", "seeds"]),
  "in-hand": new Set(["living", "worked", "seeds"]),
};

export interface Sight {
  readonly node: string;
  readonly isNode: boolean;
  /** Nodes that serve what is wanted here, and others that are called whatever they are. */
  readonly hosts: Iterable<string>;
  readonly rung: Rung | undefined;
}

export class CallableEndpoints {
  readonly health: EndpointHealth = new EndpointHealth();
  readonly worked: WorkedEndpoints;
  known: KnownPlaces = {
    places: [],
    isHub: false,
    hubs: new Set(),
    crowded: new Set(),
    fullSeeds: new Set(),
    isTight: false,
    seeds: new Map(),
  };
  /** The best one first. */
  ranked: readonly RankedEndpoint[] = [];
  /** Endpoints that are not called, by why. */
  unfit: ReadonlyMap<Unfit, number> = new Map();
  /** Names of the networks that this node is in. */
  segments: ReadonlySet<string> = new Set();
  /** These names as one text. */
  segment = "";

  constructor(worked: WorkedEndpoints) {
    this.worked = worked;
  }

  /** Finds and ranks the endpoints anew. */
  look(book: FactBook, view: View, { node, isNode, hosts, rung }: Sight, at: Moment): void {
    for (const name of this.worked.nodes) if (standingOf(book, name, at.wall).kind === "void") this.worked.drop(name);
    this.known = knownPlaces(book, { node, isNode, hosts, worked: this.worked }, at.wall);
    const sources = SOURCES[rung ?? "linked"];
    // A node to which there was a link, and no more than that, is called while nobody answers, and never beside other links.
    const places = this.known.places
      .filter(({ sort }) => rung !== undefined || sort !== "former")
      .map((place) => ({ ...place, endpoints: place.endpoints.filter(({ source }) => sources.has(source)) }));
    const { ranked, unfit } = rankEndpoints(places, {
      node,
      mayLoopBack: book.authority.isDevelopment,
      dial: view.bounds.dial,
      segments: this.segments,
      health: (endpoint) => this.health.of(endpoint, this.segment, at.now),
    });
    this.ranked = rung === undefined ? ranked : climbed(ranked, rung, (each) => this.#failures(each, at.now));
    this.unfit = unfit;
  }

  /** Whether a node is one that may be called, now or on another rung. */
  hasPlace(node: string): boolean {
    return this.known.places.some((place) => place.node === node);
  }

  /** Whether a link was up to a node at any time, or people have said that it is there. */
  isKnown({ peer, proven }: PeerLink): boolean {
    return proven.size > 0 || this.known.seeds.has(peer) || this.worked.has(peer);
  }

  /** A link is up by an endpoint: it is remembered where a record in force has it of that node. */
  handleWorked(peer: string, called: string, book: FactBook | undefined, { wall }: Moment): void {
    const place = this.known.places.find(({ node }) => node === peer);
    const published: Endpoint | undefined = place?.endpoints.find(({ endpoint }) => endpoint === called);
    if (published !== undefined && standingOf(book, peer, wall).kind === "node")
      this.worked.handleWorked(peer, published, wall);
  }

  /** The best endpoint of a peer that may be called, which is the one at which it was seen, but for higher rungs; undefined: there is none. */
  nextOf(link: PeerLink, rung: Rung | undefined, { now }: Moment): RankedEndpoint | undefined {
    const isAlone = rung !== undefined;
    const all = this.ranked.filter((each) => each.node === link.peer && this.#mayCall(each, link, isAlone, now));
    if (isAlone && rung !== "living") return all[0];
    return all.find(({ endpoint }) => endpoint === link.seen) ?? all[0];
  }

  /**
   * Whether an endpoint may be called in this round. Anybody may announce the address of somebody else: one that has never answered is not called again while it is
   * remembered, but for seeds, and by a node that has no other link.
   */
  #mayCall({ endpoint, sort }: RankedEndpoint, { tried, proven }: PeerLink, isAlone: boolean, now: number): boolean {
    if (tried.has(endpoint)) return false;
    const { failures, hasWorked } = this.health.of(endpoint, this.segment, now);
    return failures === 0 || hasWorked || proven.has(endpoint) || sort === "seed" || isAlone;
  }

  #failures({ endpoint }: RankedEndpoint, now: number): number {
    return this.health.of(endpoint, this.segment, now).failures;
  }
}

/** Endpoints that a rung adds come first on it; on the last one, those that were called least often. */
function climbed(
  ranked: readonly RankedEndpoint[],
  rung: Rung,
  failures: (endpoint: RankedEndpoint) => number,
): readonly RankedEndpoint[] {
  if (rung === "in-hand") return ranked.toSorted((a, b) => failures(a) - failures(b));
  return [...ranked.filter(({ source }) => source === rung), ...ranked.filter(({ source }) => source !== rung)];
}
