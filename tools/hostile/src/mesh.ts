import type { MeshFileInput } from "@florenetes/mesh-file";

export const SERVICE_PORT = 8080;
export const TUNNEL_PORT = 18_080;
/** The tunnel to a service that never stops sending, in meshes with agents. */
export const DOWNLOAD_PORT = 18_090;

const NOBODY_LISTENS = 1;
/** Packets to this network vanish once `routeNowhere` has been called: a client that connects there waits. */
export const NOWHERE = "192.0.2.0/24";
const SILENT = "tcp://192.0.2.1:1";

/**
 *     a ───── v ───── m        m is the attacker's, v is attacked, and a's requests go to v meanwhile
 *
 * m has the identities of mallory, whom the services do not allow, and of carol, whom they allow. One service's target echoes, one never
 * stops sending, one has no listener, and one never answers.
 */
export const USUAL_MESH: MeshFileInput = {
  cluster: "hostile",
  nodes: { a: {}, m: {}, v: {} },
  links: [{ between: ["a", "v"] }, { between: ["m", "v"] }],
  services: {
    web: service("v", SERVICE_PORT),
    source: service("v", SERVICE_PORT + 1),
    down: service("v", NOBODY_LISTENS),
    silent: { ...service("v", NOBODY_LISTENS), target: SILENT },
    mute: { ...service("v", NOBODY_LISTENS), target: SILENT },
  },
  tunnels: [
    { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/mallory", service: "web", path: ["m", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`, as: "user/carol", service: "web", path: ["m", "v"] },
  ],
};

/** A service of the mesh. Of the attacker's identities, only carol's may use it. */
export function service(node: string, port: number): { node: string; target: string; allow: string[] } {
  return { node, target: `tcp://127.0.0.1:${port}`, allow: ["user/alice", "user/bob", "user/carol"] };
}
