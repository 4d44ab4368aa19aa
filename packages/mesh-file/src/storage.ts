/** Storage of a mesh: the services of its holders, and the tunnels by which holders and gateways reach them. Pure. */
import { AUTO_PATH, type Mesh, type MeshService, type MeshTunnel } from "./mesh.ts";

/** The service by which a holder is asked, and its principal's name. */
export function holderService(node: string): string {
  return `storage.${node}`;
}

/** A mesh with the services and tunnels that its `storage` stands for, behind those that are written. Nodes without an agent get none: `checkMesh` tells of them. */
export function withStorage(mesh: Mesh): Mesh {
  const { fabric } = mesh;
  const storage = fabric?.storage;
  if (fabric === undefined || storage === undefined) return mesh;
  const hasAgent = (node: string): boolean =>
    fabric.nodes.includes(node) && mesh.nodes.some(({ name }) => name === node);
  const holders = [...new Set(storage.holders)].filter(hasAgent);
  const gateways = Object.entries(storage.gateways).filter(([node]) => hasAgent(node) && !holders.includes(node));
  const askers = [...holders.map((node) => `service/${holderService(node)}`), ...gateways.map(([, as]) => as)];
  const allow = [...new Set([...askers, ...storage.allow])];
  return {
    ...mesh,
    services: [...mesh.services, ...holders.map((node) => serviceOf(mesh, node, allow))],
    tunnels: [
      ...mesh.tunnels,
      ...holders.flatMap((node) => {
        const others = holders.filter((other) => other !== node);
        return tunnelsOf(mesh, { node, as: `service/${holderService(node)}`, holders: others });
      }),
      ...gateways.flatMap(([node, as]) => tunnelsOf(mesh, { node, as, holders })),
    ],
  };
}

function serviceOf({ cluster }: Mesh, node: string, allow: readonly string[]): MeshService {
  return {
    name: holderService(node),
    node,
    target: `unix:/run/florenetes-store-${cluster}/cluster/store.sock`,
    allow: allow.filter((principal) => principal !== `service/${holderService(node)}`),
    options: { "proxy-protocol": "v2" },
    classes: ["bulk"],
  };
}

/** The tunnels by which the store-flor of a node, and root there, ask holders: a socket for each holder, in a folder whose group is that of the unit. */
function tunnelsOf(
  mesh: Mesh,
  { node, as, holders }: { readonly node: string; readonly as: string; readonly holders: readonly string[] },
): readonly MeshTunnel[] {
  const { dirs } = mesh.nodes.find(({ name }) => name === node)!;
  return holders.map((holder) => ({
    node,
    listen: `unix:${dirs.runCluster}/store/${holder}.sock`,
    as,
    service: holderService(holder),
    path: AUTO_PATH,
    trafficClass: "bulk",
    listener: { mode: "0660", keep: KEEP },
  }));
}

/** Holders tell each other of changes each minute: a connection that is used stays. */
const KEEP = "5min";
