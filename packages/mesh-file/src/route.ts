import type { MeshErrorCode } from "./mesh-errors.ts";
import type { FilePath, MeshLink, MeshLsp, MeshProblem } from "./mesh.ts";
import { linkKey, otherEnd, parseHop } from "./topology.ts";
import type { Topology } from "./topology.ts";

/** The route of a path that was written by hand, link by link. */
export interface Route {
  readonly origin: string;
  readonly destination: string;
  readonly segments: readonly Segment[];
}

/** A link, entered by its adjacency label, or an LSP, entered by its own label. */
interface Segment {
  readonly lsp: MeshLsp | undefined;
  readonly steps: readonly Step[];
}

/** A crossing of one link. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly link: MeshLink;
}

/** A word of a packet's header, before labels have numbers. */
export type Word =
  | { readonly kind: "adjacency"; readonly node: string; readonly link: MeshLink }
  | { readonly kind: "lsp"; readonly lsp: MeshLsp; readonly link: MeshLink };

const LSP_PREFIX = "lsp:";

/** A route, or all problems of the hops. */
export type RouteResult = { readonly route: Route } | { readonly problems: readonly MeshProblem[] };

/** Finds the links of a path written as names. `at` is where the file has the hops. */
export function resolveRoute(topology: Topology, hops: readonly string[], at: FilePath): RouteResult {
  const origin = hops[0];
  if (origin === undefined)
    return failed("ERR_MESH_PATH_EMPTY", at, "the path has no hops", "Name at least its first node.");
  if (!topology.hasNode(origin)) return { problems: [unknownNode(topology, origin, [...at, 0])] };
  const segments: Segment[] = [];
  let here = origin;
  for (const [index, hop] of hops.entries()) {
    if (index === 0) continue;
    const where = [...at, index];
    const isRepeat = hop === here && segments.at(-1)?.lsp !== undefined;
    if (isRepeat) continue; // the far end of an LSP may be named again, for the reader
    const result = hop.startsWith(LSP_PREFIX)
      ? resolveLspHop(topology, here, hop.slice(LSP_PREFIX.length), where)
      : resolveLinkHop(topology, here, hop, where);
    if ("problems" in result) return result;
    segments.push(result.segment);
    here = result.segment.steps.at(-1)!.to;
  }
  const problem = findTurn(segments, at);
  return problem === undefined ? { route: { origin, destination: here, segments } } : { problems: [problem] };
}

/** The links of an LSP in the order of its hops. */
export function resolveLsp(
  topology: Topology,
  lsp: MeshLsp,
): { readonly steps: readonly Step[] } | { readonly problems: readonly MeshProblem[] } {
  const at: FilePath = ["lsps", lsp.name];
  const head = lsp.hops[0];
  if (head === undefined || lsp.hops.length < 3) {
    return failed(
      "ERR_MESH_LSP_SHORT",
      at,
      `LSP "${lsp.name}" crosses no node`,
      "Name its two ends and at least one node between them.",
    );
  }
  if (!topology.hasNode(head)) return { problems: [unknownNode(topology, head, [...at, 0])] };
  const steps: Step[] = [];
  const seen = new Set([head]);
  let here = head;
  for (const [index, hop] of lsp.hops.entries()) {
    if (index === 0) continue;
    const result = resolveLinkHop(topology, here, hop, [...at, index]);
    if ("problems" in result) return result;
    const step = result.segment.steps[0]!;
    if (seen.has(step.to)) {
      return failed(
        "ERR_MESH_LSP_LOOP",
        [...at, index],
        `LSP "${lsp.name}" comes to "${step.to}" twice`,
        "Let it cross each node once.",
      );
    }
    seen.add(step.to);
    steps.push(step);
    here = step.to;
  }
  return { steps };
}

/**
 * The words that a packet starts with, without the service's label at the end. The origin sends on its first link without a word;
 * each later segment costs the adjacency label of its first link, and an LSP also its own label after that.
 */
export function routeWords(route: Route): readonly Word[] {
  return route.segments.flatMap((segment, index) => {
    const first = segment.steps[0]!;
    const words: Word[] = [];
    if (index > 0) words.push({ kind: "adjacency", node: first.from, link: first.link });
    if (segment.lsp !== undefined) words.push({ kind: "lsp", lsp: segment.lsp, link: first.link });
    return words;
  });
}

/**
 * Returns the pairs of links between which adjacency labels carry the packet or its answer. Cross-connects need no such
 * permission.
 */
export function routeTransit(
  route: Route,
): readonly { readonly node: string; readonly links: readonly [MeshLink, MeshLink] }[] {
  return route.segments.slice(1).map((segment, index) => {
    const first = segment.steps[0]!;
    return { node: first.from, links: [route.segments[index]!.steps.at(-1)!.link, first.link] };
  });
}

function resolveLinkHop(topology: Topology, here: string, hop: string, at: FilePath): SegmentResult {
  const { node, tag } = parseHop(hop);
  if (!topology.hasNode(node)) return { problems: [unknownNode(topology, node, at)] };
  const link = topology.link(here, node, tag);
  if (link !== undefined) return { segment: { lsp: undefined, steps: [{ from: here, to: node, link }] } };
  const parallel = topology.linksBetween(here, node).map((link) => `"${node}/${link.tag}"`);
  if (parallel.length > 0) {
    return failed(
      "ERR_MESH_NO_LINK",
      at,
      `"${here}" has no link to "${node}" with tag "${tag}"`,
      `Write ${parallel.join(" or ")}.`,
    );
  }
  const neighbours = topology.neighbours(here);
  const known =
    neighbours.length === 0 ? `"${here}" has no links at all` : `"${here}" has links to ${neighbours.join(", ")}`;
  return failed(
    "ERR_MESH_NO_LINK",
    at,
    `there is no link between "${here}" and "${node}"`,
    `${known}; a path goes from neighbour to neighbour.`,
  );
}

function resolveLspHop(topology: Topology, here: string, name: string, at: FilePath): SegmentResult {
  const lsp = topology.lsp(name);
  if (lsp === undefined) {
    const known = (): string[] => topology.mesh.lsps.map((lsp) => lsp.name);
    const advice = topology.suggest(name, known, 'Add it to "lsps".');
    return failed("ERR_MESH_UNKNOWN_LSP", at, `there is no LSP "${name}"`, advice);
  }
  const resolved = resolveLsp(topology, lsp);
  if ("problems" in resolved) return resolved;
  const { steps } = resolved;
  const head = steps[0]!.from;
  const tail = steps.at(-1)!.to;
  if (here === head) return { segment: { lsp, steps } };
  if (here === tail) return { segment: { lsp, steps: steps.map(turnRound).toReversed() } };
  return failed(
    "ERR_MESH_LSP_NOT_HERE",
    at,
    `LSP "${name}" joins "${head}" and "${tail}", but the path is at "${here}"`,
    `Lead the path to "${head}" or "${tail}" first.`,
  );
}

type SegmentResult = { readonly segment: Segment } | { readonly problems: readonly MeshProblem[] };

function turnRound({ from, to, link }: Step): Step {
  return { from: to, to: from, link };
}

/** A vertex does not send a packet back over the link on which it came. */
function findTurn(segments: readonly Segment[], at: FilePath): MeshProblem | undefined {
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1]?.steps.at(-1);
    const first = segment.steps[0]!;
    if (before !== undefined && linkKey(before.link) === linkKey(first.link)) {
      return {
        severity: "error",
        code: "ERR_MESH_PATH_TURNS",
        path: at,
        message: `the path turns round at "${first.from}" and goes back to "${otherEnd(first.link, first.from)}" over the same link`,
        advice: "Leave the detour out.",
      };
    }
  }
  return undefined;
}

/** The problem of a name that no node has. */
export function unknownNode(topology: Topology, name: string, at: FilePath): MeshProblem {
  const known = (): string[] => topology.mesh.nodes.map((node) => node.name);
  return {
    severity: "error",
    code: "ERR_MESH_UNKNOWN_NODE",
    path: at,
    message: `there is no node "${name}"`,
    advice: topology.suggest(name, known, 'Add it to "nodes".'),
  };
}

function failed(
  code: MeshErrorCode,
  path: FilePath,
  message: string,
  advice: string,
): { readonly problems: readonly MeshProblem[] } {
  return { problems: [{ severity: "error", code, path, message, advice }] };
}
