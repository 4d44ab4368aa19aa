/** Storage of a mesh: the services of its holders, and the sockets by which holders and gateways reach them. Pure. */
import { AUTO_PATH, type Mesh, type MeshService, type MeshSession, type MeshStorage } from "./mesh.ts";

/** The service by which a holder is asked, and its principal's name. */
export function holderService(node: string): string {
  return `storage.${node}`;
}

/** The user of the unit of a cluster's store-flor. */
export function storeUserOf({ cluster }: Pick<Mesh, "cluster">, { user }: Pick<MeshStorage, "user">): string {
  return user ?? `store-${cluster}`;
}

/** A mesh with the services and sockets that its `storage` stands for, behind those that are written. Nodes without an agent get none: `checkMesh` tells of them. */
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
    sessions: [
      ...mesh.sessions,
      ...holders.map((node) => {
        const others = holders.filter((other) => other !== node);
        return sessionOf(mesh, storage, { node, as: `service/${holderService(node)}`, holders: others });
      }),
      ...gateways.map(([node, as]) => sessionOf(mesh, storage, { node, as, holders })),
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

/** The socket of data sessions by which the store-flor of a node, and root there, ask holders. */
function sessionOf(
  mesh: Mesh,
  storage: MeshStorage,
  { node, as, holders }: { readonly node: string; readonly as: string; readonly holders: readonly string[] },
): MeshSession {
  const { dirs } = mesh.nodes.find(({ name }) => name === node)!;
  return {
    node,
    listen: `unix:${dirs.runCluster}/store/mesh.sock`,
    as,
    services: holders.map((holder) => {
      const name = holderService(holder);
      return { name, service: name, path: AUTO_PATH, keep: undefined, connectWait: undefined };
    }),
    options: { mode: "0660", allow: ["root", storeUserOf(mesh, storage)] },
  };
}
