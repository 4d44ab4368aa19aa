import { TAG_DEFAULT } from "../limits.ts";
import type { LinkLabelEntry, NodeConfig } from "./node-config.ts";

/**
 * A config with the paths, tunnels and sessions of one, and with all that the packets of other nodes need in either. Where both have
 * something in the same place, that of the first counts.
 */
export function unite(first: NodeConfig, second: NodeConfig): NodeConfig {
  const links = { ...second.links, ...first.links };
  // A link that is another one under its name takes nothing of the second along.
  const isThere = (name: string): boolean => {
    const [link, other] = [links[name], second.links[name]];
    return link?.peer === other?.peer && link?.tag === other?.tag;
  };
  const placeOf = ({ link, label }: LinkLabelEntry): string => `${label} ${link}`;
  const taken = new Set(
    [...first["cross-connects"].flatMap(({ from, to }) => [from, to]), ...first["lsp-ends"]].map(placeOf),
  );
  const isFree = (place: LinkLabelEntry): boolean => isThere(place.link) && !taken.has(placeOf(place));
  const pairs = new Set(first.transit.map((pair) => pair.toSorted(byText).join(" ")));
  return {
    ...first,
    links,
    transit: [
      ...first.transit,
      ...second.transit.filter((pair) => pair.every(isThere) && !pairs.has(pair.toSorted(byText).join(" "))),
    ],
    "cross-connects": [
      ...first["cross-connects"],
      ...second["cross-connects"].filter(({ from, to }) => isFree(from) && isFree(to)),
    ],
    "lsp-ends": [...first["lsp-ends"], ...second["lsp-ends"].filter(isFree)],
    services: Object.fromEntries(
      Object.entries({ ...second.services, ...first.services }).map(([name, service]) => {
        const allow = new Set([...service.allow, ...(second.services[name]?.allow ?? [])]);
        return [name, { ...service, allow: [...allow] }];
      }),
    ),
  };
}

/** Names of the links that are there in both, and have to be made again as something but their label is another. */
export function linksRemade(before: NodeConfig, after: NodeConfig): string[] {
  return Object.entries(after.links).flatMap(([name, link]) => {
    const former = before.links[name];
    const isRemade = former !== undefined && canonical({ ...former, label: 0 }) !== canonical({ ...link, label: 0 });
    return isRemade ? [name] : [];
  });
}

/**
 * Links of a node, each as `<peer>/<tag>`, that are not up until a later step: the other end does not have them, or one of the ends is
 * still to make them again.
 *
 * @param now The config that a node has
 * @param last The config that it is going to have
 */
export function linksAwaited(
  node: string,
  now: (node: string) => NodeConfig | undefined,
  last: (node: string) => NodeConfig | undefined,
): string[] {
  const remadeLater = (at: string): readonly string[] => {
    const [before, after] = [now(at), last(at)];
    return before === undefined || after === undefined ? [] : linksRemade(before, after);
  };
  return Object.entries(now(node)?.links ?? {}).flatMap(([name, { peer, tag = TAG_DEFAULT, role }]) => {
    const ends = Object.entries(now(peer)?.links ?? {});
    const other = ends.find(([, end]) => end.peer === node && (end.tag ?? TAG_DEFAULT) === tag);
    const isThere = other !== undefined && other[1].role !== role && !remadeLater(peer).includes(other[0]);
    return isThere && !remadeLater(node).includes(name) ? [] : [`${peer}/${tag}`];
  });
}

/** Whether two configs say the same, in whatever order. */
export function isSame(one: NodeConfig | undefined, other: NodeConfig | undefined): boolean {
  return canonical(one && unordered(one)) === canonical(other && unordered(other));
}

/** Lists whose order means nothing, in one order. */
function unordered(config: NodeConfig): unknown {
  const inOrder = (list: readonly unknown[]): string[] => list.map(canonical).toSorted(byText);
  return {
    ...config,
    transit: inOrder(config.transit.map((pair) => pair.toSorted(byText))),
    "cross-connects": inOrder(config["cross-connects"]),
    "lsp-ends": inOrder(config["lsp-ends"]),
    services: Object.fromEntries(
      Object.entries(config.services).map(([name, service]) => [name, { ...service, allow: inOrder(service.allow) }]),
    ),
  };
}

/** A text that is the same for values that are equal, whatever the order of their keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => byText(one, other)));
    }) ?? ""
  );
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
