import type { VertexConfig } from "@florenetes/cluster-flor/src/config/cluster-config.ts";
import { NO_PINS } from "@florenetes/cluster-flor/src/config/vertex-pins.ts";
import { STREAMS_PER_CONNECTION } from "@florenetes/cluster-flor/src/config/limits.ts";
import { TrafficClass } from "@florenetes/forwarding";
import { linkLabel, type PlannedWay } from "./planned-path.ts";
import type { PlannedRing } from "./planned-ring.ts";
import { hostOf, nameOf } from "./sim-names.ts";
import { type SimPlan, user } from "./sim-plan.ts";

const host = "127.0.0.1";

/** The config that a node's cluster vertex reads from its file. */
export function configOf(plan: SimPlan, node: number): VertexConfig {
  const links = plan.links[node]!.map(({ peer, role, portal, peerPortal }, link) => {
    const endpoint = role === "originator" ? `udp://${hostOf(peer, peerPortal)}:4433` : undefined;
    return { name: nameOf(peer), label: linkLabel(link), portal, role, peer: nameOf(peer), tag: "0", endpoint };
  });
  const own = plan.tunnelsOf(node);
  /** The paths by service: tunnels to one service share a path. */
  const paths = new Map(
    own.map(({ service, way, labels }) => [service.name, { link: way.links[0]!, labels, mtu: undefined }]),
  );
  const lspPieces = [...new Set(plan.tunnels.map(({ way }) => way))].map((way) => lspPiecesOf(way, node));
  const closedLsps = plan.rings.flatMap((ring) => crossConnectsOf(ring, node));
  const pathNames = [...paths.keys()];
  return {
    cluster: "sim",
    vertex: nameOf(node),
    portals: Array.from({ length: plan.portals[node]! }, (_, portal) => ({ name: `${portal}`, bind: "", connect: "" })),
    expiryGraceMs: 0,
    pins: NO_PINS,
    transport: { streamsPerConnection: STREAMS_PER_CONNECTION },
    links,
    transit: links.flatMap((_, left) => links.slice(left + 1).map((_, i) => [left, left + 1 + i] as const)),
    transitOffload: plan.isOffloaded,
    transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
    crossConnects: [...lspPieces.flatMap(({ crossConnects }) => crossConnects), ...closedLsps],
    lspEnds: lspPieces.flatMap(({ ends }) => ends),
    services: plan.services[node]!.map(({ name, label, port }) => {
      const target = { kind: "tcp", host, port } as const;
      return { name, label, identity: `service/${name}`, target, tellsPrincipal: false, allow: [`user/${user}`] };
    }),
    sessions: [],
    paths: [...paths].map(([name, path]) => ({ name, ...path })),
    tunnels: own.map(({ as, service: { name }, keepMs }, index) => {
      return {
        name: `${index}`,
        listen: { kind: "tcp", host, port: 1 },
        mode: undefined,
        owner: undefined,
        as: `user/${as}`,
        service: name,
        path: pathNames.indexOf(name),
        trafficClass: TrafficClass.reliable,
        keepMs,
        // The wait is longer than any outage, so that every reset has another reason.
        connectWaitMs: 3_600_000,
      };
    }),
  };
}

/** The part of a way's LSP that belongs to a node. */
function lspPiecesOf(
  { nodes, links, backLinks, lsp }: PlannedWay,
  node: number,
): { readonly crossConnects: VertexConfig["crossConnects"]; readonly ends: VertexConfig["lspEnds"] } {
  const at = nodes.indexOf(node);
  if (lsp === undefined || at < lsp.first || at > lsp.end) return { crossConnects: [], ends: [] };
  const { first, end, labels } = lsp;
  if (at === first) return { crossConnects: [], ends: [{ link: links[at]!, label: labels[0]! }] };
  const from = { link: backLinks[at - 1]!, label: labels[at - 1 - first]! };
  if (at === end) return { crossConnects: [], ends: [from] };
  return { crossConnects: [{ from, to: { link: links[at]!, label: labels[at - first]! } }], ends: [] };
}

/** The piece of a ring's LSP that passes through a node. */
function crossConnectsOf(
  { nodes, onward, backward, lspLabels }: PlannedRing,
  node: number,
): VertexConfig["crossConnects"] {
  const at = nodes.indexOf(node);
  if (at === -1) return [];
  const from = { link: backward[at]!, label: lspLabels.at(at - 1)! };
  return [{ from, to: { link: onward[at]!, label: lspLabels[at]! } }];
}
