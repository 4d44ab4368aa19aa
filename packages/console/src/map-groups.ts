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
  const between = new Map<string, MapLink>();
  for (const { between: ends, state } of links) {
    const [a, b] = [groupOf.get(ends[0])!, groupOf.get(ends[1])!];
    if (a === b) continue;
    const [one, other] = a < b ? [a, b] : [b, a];
    const name = `${one} – ${other}`;
    const joined = between.get(name);
    // A link that is not well stands for all beside it.
    if (joined !== undefined && (!isGoodState(joined.state) || isGoodState(state))) continue;
    between.set(name, { name, between: [one, other], state });
  }
  return {
    nodes: [...members].map(([name, all]) => ({ name, state: worst(all), members: all.length })),
    links: [...between.values()],
  };
}
