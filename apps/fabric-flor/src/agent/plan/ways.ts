/** The ways of a node to services at hosts: over a link to a neighbour, over a hand-written way, or to itself. */
import type { View } from "../door/view.ts";
import type { HostPapers } from "./host-papers.ts";

/** A hand-written way: a link, and the labels from its far end to the node. */
export interface Way {
  readonly link: string;
  readonly labels: readonly number[];
}

export interface WayOptions {
  /** This node. */
  readonly node: string;
  readonly view: View;
  readonly ways: ReadonlyMap<string, Way>;
  /** The papers of a node; undefined: nothing is known of it. */
  readonly papers: (node: string) => HostPapers | undefined;
}

/** A route to a service; without a link: it is at this node. */
export interface Route {
  readonly link?: string;
  readonly labels: readonly number[];
  /** The service's node, where the link leads straight to it. */
  readonly via?: string;
  /** Whether packets get there, as far as this node sees. */
  readonly isUp: boolean;
}

/** The route to a service at a node: over the neighbour's link unless that alone is down. */
export function routeTo(node: string, service: string, options: WayOptions): Route | undefined {
  const { view, ways, papers } = options;
  if (node === options.node) {
    const own = view.services.find(({ name }) => name === service);
    return own === undefined ? undefined : { labels: [own.label], isUp: true };
  }
  const label = papers(node)?.labels.get(service);
  if (label === undefined) return undefined;
  const links = view.links.filter(({ peer }) => peer === node);
  const direct = links.find(({ state }) => state === "up") ?? links[0];
  const way = ways.get(node);
  const wayLink = view.links.find(({ name }) => name === way?.link);
  if (wayLink !== undefined && (direct === undefined || (direct.state === "down" && wayLink.state === "up"))) {
    return { link: wayLink.name, labels: [...way!.labels, label], isUp: wayLink.state === "up" };
  }
  return direct === undefined
    ? undefined
    : { link: direct.name, labels: [label], via: node, isUp: direct.state === "up" };
}
