import type { ConnectionConfig } from "@florenetes/cluster-flor/src/connection/link-portal.ts";
import type { ForwarderOptions } from "@florenetes/cluster-flor/src/forwarding/forwarder.ts";
import type { TransportOptions } from "@florenetes/cluster-flor/src/transport/transport-options.ts";
import { hostOf, nameOf } from "./sim-names.ts";
import { linkLabel, serviceLabel, type SimPlan } from "./sim-plan.ts";

/** What all workloads are. */
export const user = "user/u";

const nobody = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;

/** What a node's cluster vertex reads from its file, as the rooms take it. */
export function configOf(
  plan: SimPlan,
  node: number,
): ConnectionConfig & ForwarderOptions["config"] & TransportOptions["config"] {
  const links = plan.links[node]!.map(({ peer, role, portal, peerPortal }, link) => {
    const endpoint = role === "originator" ? `udp://${hostOf(peer, peerPortal)}:4433` : undefined;
    return { name: nameOf(peer), label: linkLabel(link), portal, role, peer: nameOf(peer), tag: "0", endpoint };
  });
  const own = plan.tunnels.filter(({ from }) => from === node);
  return {
    cluster: "sim",
    vertex: nameOf(node),
    portals: Array.from({ length: plan.portals[node]! }, (_, portal) => ({ name: `${portal}`, bind: "", connect: "" })),
    expiryGraceMs: 0,
    links,
    transit: links.flatMap((_, left) => links.slice(left + 1).map((_, i) => [left, left + 1 + i] as const)),
    transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
    crossConnects: [],
    lspEnds: [],
    services: [
      {
        name: nameOf(node),
        label: serviceLabel,
        identity: `service/${nameOf(node)}`,
        target: nobody,
        allow: [user],
      },
    ],
    paths: own.map(({ to, link, labels }) => ({ name: `to-${nameOf(to)}`, link, labels, mtu: undefined })),
    tunnels: own.map(({ to }, path) => {
      return {
        name: `${path}`,
        listen: nobody,
        mode: undefined,
        owner: undefined,
        as: user,
        service: nameOf(to),
        path,
      };
    }),
  };
}
