import * as fc from "fast-check";
import type { LinkInput, MeshFileInput, TunnelInput } from "../src/mesh-file-form.ts";

/**
 * Meshes without problems: a random graph with parallel links, LSPs and walks over both, with a tunnel and a service at
 * the ends of each walk. A mesh that grows by more links at the end of their list keeps all that it had.
 */
export function randomMesh(): fc.Arbitrary<MeshFileInput> {
  return fc
    .record({ size: fc.integer({ min: 2, max: 8 }), seed: fc.infiniteStream(fc.nat(1_000_000)) })
    .map(({ size, seed }) => {
      const pick = (count: number): number => seed.next().value! % count;
      const names = Array.from({ length: size }, (_, index) => `n${index}`);
      const links: LinkInput[] = [];
      const edges = new Map<string, string[]>();
      const join = (a: string, b: string): void => {
        const between = pick(2) === 0 ? [a, b] : [b, a];
        const tag = String(links.filter((link) => link.between.includes(a) && link.between.includes(b)).length);
        links.push({ between, tag });
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const) {
          edges.set(from, [...(edges.get(from) ?? []), tag === "0" ? to : `${to}/${tag}`]);
        }
      };
      for (let index = 1; index < size; index++) join(names[index]!, names[pick(index)]!);
      for (let extra = pick(6); extra > 0; extra--) {
        const a = pick(size);
        const b = pick(size);
        if (a !== b) join(names[a]!, names[b]!);
      }
      const lsps = randomLsps(names, edges, pick);
      const { services, tunnels } = randomTunnels(names, edges, lsps, pick);
      const nodes = Object.fromEntries(names.map((name, index) => [name, { address: `192.0.2.${index + 1}` }]));
      return { cluster: "demo", nodes, links, lsps, services, tunnels };
    });
}

type Pick = (count: number) => number;

/** Walks of three nodes or more that visit no node twice. */
function randomLsps(names: string[], edges: ReadonlyMap<string, string[]>, pick: Pick): Record<string, string[]> {
  const lsps: Record<string, string[]> = {};
  for (let number = 0; number < 4; number++) {
    const hops = [names[pick(names.length)]!];
    const seen = new Set(hops);
    for (let length = 2 + pick(4); length > 0; length--) {
      const onward = edges.get(nodeOf(hops.at(-1)!))!.filter((hop) => !seen.has(nodeOf(hop)));
      if (onward.length === 0) break;
      const hop = onward[pick(onward.length)]!;
      seen.add(nodeOf(hop));
      hops.push(hop);
    }
    if (hops.length >= 3) lsps[`x${number}`] = hops;
  }
  return lsps;
}

/** Walks over links and LSPs that never turn round, of at most six hops (12 labels), some with no hop at all. */
function randomTunnels(
  names: string[],
  edges: ReadonlyMap<string, string[]>,
  lsps: Record<string, string[]>,
  pick: Pick,
): { services: NonNullable<MeshFileInput["services"]>; tunnels: TunnelInput[] } {
  const services: NonNullable<MeshFileInput["services"]> = {};
  const tunnels: TunnelInput[] = [];
  for (let number = 0; number < 6; number++) {
    const node = names[pick(names.length)]!;
    const path = [node];
    let here = node;
    let lastLink = "";
    for (let length = pick(7); length > 0; length--) {
      const choices = [
        ...edges.get(here)!.map((hop) => ({ hop, links: [linkOf(here, hop)], to: nodeOf(hop) })),
        ...Object.entries(lsps).flatMap(([name, hops]) => lspFrom(name, hops, here)),
      ].filter((choice) => choice.links[0] !== lastLink);
      if (choices.length === 0) break;
      const choice = choices[pick(choices.length)]!;
      path.push(choice.hop);
      lastLink = choice.links.at(-1)!;
      here = choice.to;
    }
    services[`s${number}`] = { node: here, target: "tcp://127.0.0.1:8080", allow: ["user/alice"] };
    tunnels.push({ node, listen: `tcp://127.0.0.1:${18080 + number}`, as: "user/alice", service: `s${number}`, path });
  }
  return { services, tunnels };
}

function lspFrom(name: string, hops: string[], here: string): { hop: string; links: string[]; to: string }[] {
  const links = hops.slice(1).map((hop, index) => linkOf(nodeOf(hops[index]!), hop));
  const head = nodeOf(hops[0]!);
  const tail = nodeOf(hops.at(-1)!);
  if (here === head) return [{ hop: `lsp:${name}`, links, to: tail }];
  return here === tail ? [{ hop: `lsp:${name}`, links: links.toReversed(), to: head }] : [];
}

function nodeOf(hop: string): string {
  return hop.split("/")[0]!;
}

function linkOf(from: string, hop: string): string {
  const [to = "", tag = "0"] = hop.split("/");
  return [...[from, to].sort(), tag].join(" ");
}
