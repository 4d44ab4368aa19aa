/** Places of nodes on a map of 1 by 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

const TURNS = 200;
/** How far nodes move in the first turn; less in each later one, and at last not at all. */
const STEP = 0.1;

/**
 * Lays out a graph: nodes push each other away, and links pull their ends together (Fruchterman and Reingold, 1991). The same graph has the
 * same map each time. Costs TURNS times the square of the nodes.
 *
 * @param count the number of nodes, which links name by their places in the list
 */
export function layOut(count: number, links: readonly (readonly [number, number])[]): readonly Place[] {
  const nodes = inDepth(count, links).map((turn) => {
    const angle = (2 * Math.PI * turn) / count;
    return { x: Math.cos(angle) / 2, y: Math.sin(angle) / 2, pushX: 0, pushY: 0 };
  });
  const distance = 1 / Math.sqrt(Math.max(count, 1));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const node of nodes) [node.pushX, node.pushY] = [0, 0];
    const pull = (a: number, b: number, force: (length: number) => number): void => {
      const [one, other] = [nodes[a]!, nodes[b]!];
      const [x, y] = [other.x - one.x, other.y - one.y];
      const length = Math.max(Math.hypot(x, y), 1e-3);
      const by = force(length) / length;
      one.pushX += x * by;
      one.pushY += y * by;
      other.pushX -= x * by;
      other.pushY -= y * by;
    };
    for (let a = 0; a < count; a++)
      for (let b = a + 1; b < count; b++) pull(a, b, (length) => -(distance ** 2) / length);
    for (const [a, b] of links) pull(a, b, (length) => length ** 2 / distance);
    const step = STEP * (1 - turn / TURNS);
    for (const node of nodes) {
      const length = Math.max(Math.hypot(node.pushX, node.pushY), 1e-9);
      node.x += (node.pushX / length) * Math.min(length, step);
      node.y += (node.pushY / length) * Math.min(length, step);
    }
  }
  return spread(nodes);
}

/** When each node is met by a walk into depth. On a circle in this order, neighbours stand side by side where they can, and few links cross. */
function inDepth(count: number, links: readonly (readonly [number, number])[]): readonly number[] {
  const neighbours = Array.from({ length: count }, (): number[] => []);
  for (const [a, b] of links) {
    neighbours[a]!.push(b);
    neighbours[b]!.push(a);
  }
  const met = new Map<number, number>();
  const waiting = [...Array(count).keys()].toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (met.has(node)) continue;
    met.set(node, met.size);
    waiting.push(...neighbours[node]!.toReversed());
  }
  return Array.from({ length: count }, (_, node) => met.get(node)!);
}

/** Has the places fill the map in both directions. */
function spread(nodes: readonly Place[]): readonly Place[] {
  const along = (of: (node: Place) => number): ((node: Place) => number) => {
    const values = nodes.map(of);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return (node) => (most - least < 1e-6 ? 0.5 : (of(node) - least) / (most - least));
  };
  const [x, y] = [along((node) => node.x), along((node) => node.y)];
  return nodes.map((node) => ({ x: x(node), y: y(node) }));
}
