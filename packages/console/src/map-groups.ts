import { MAP_SHAPES_MAX } from "./limits.ts";
import type { MapLink, MapNode, MapPicture } from "./picture.ts";

/** A map of few enough shapes: as it is, or with one shape for each group of nodes; undefined: it has too many in any case. */
export function fitMap(map: MapPicture, isGoodState: (state: string) => boolean): MapPicture | undefined {
  if (shapesOf(map) <= MAP_SHAPES_MAX) return map;
  if (map.nodes.some(({ group }) => group === undefined)) return undefined;
  const grouped = groupNodes(map, isGoodState);
  return shapesOf(grouped) <= MAP_SHAPES_MAX ? grouped : undefined;
}

function shapesOf({ nodes, links }: MapPicture): number {
  return nodes.length + links.length;
}

/** A group is as its worst node, and so are the links between two groups. */
function groupNodes({ nodes, links }: MapPicture, isGoodState: (state: string) => boolean): MapPicture {
  const members = new Map<string, MapNode[]>();
  const groupOf = new Map<string, string>();
  for (const node of nodes) {
    const group = node.group!;
    groupOf.set(node.name, group);
    const others = members.get(group);
    if (others === undefined) members.set(group, [node]);
    else others.push(node);
  }
  const worst = (all: readonly { readonly state: string }[]): string =>
    (all.find(({ state }) => !isGoodState(state)) ?? all[0]!).state;
  const between = new Map<string, MapLink[]>();
  for (const link of links) {
    const [one, other] = link.between.map((name) => groupOf.get(name)!).toSorted();
    if (one === other || one === undefined || other === undefined) continue;
    const name = `${one} – ${other}`;
    const joined: MapLink = { ...link, name, between: [one, other] };
    between.set(name, [...(between.get(name) ?? []), joined]);
  }
  return {
    nodes: [...members].map(([name, all]) => ({ name, state: worst(all), members: all.length })),
    links: [...between.values()].map((all) => ({ ...all[0]!, state: worst(all) })),
  };
}
