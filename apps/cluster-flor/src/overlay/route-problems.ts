import type { LinkConfig } from "../config/cluster-config.ts";
import type { OverlayRoute } from "../config/overlay.ts";

/**
 * Why the routes of a path cannot be what a lease means, in words for people; undefined: nothing is wrong with them. A vertex knows of
 * a route its first link, and what the order says of the rest.
 */
export function findRouteProblem(
  routes: readonly OverlayRoute[],
  vertex: string,
  links: readonly Pick<LinkConfig, "name" | "peer">[],
): string | undefined {
  const seen = new Set<string>();
  const host = routes[0]?.via.at(-1);
  for (const { link, labels, via } of routes) {
    const name = `route ${via.join(">")}`;
    const peer = links.find((each) => each.name === link)?.peer;
    if (via[0] !== peer) return `${name} begins with link ${link}, whose far end is ${peer}`;
    if (via.length !== labels.length) return `${name} has ${labels.length} labels for ${via.length} vertices`;
    if (new Set([vertex, ...via]).size <= via.length) return `${name} comes to a vertex twice`;
    if (via.at(-1) !== host) return `${name} leads to another host than the first, which is ${host}`;
    const way = JSON.stringify([link, labels]);
    if (seen.has(way)) return `${name} is there twice`;
    seen.add(way);
  }
  if (routes.length > 0 && routes.every(({ avoid }) => avoid?.why === "fenced")) return "all routes are fenced";
  return undefined;
}
