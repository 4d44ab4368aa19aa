import type { MeshFileInput } from "@florenetes/mesh-file";

export const SERVICE_PORT = 8080;
export const TUNNEL_PORT = 18_080;

const NOBODY_LISTENS = 1;

/**
 *     a ───── v ───── m        m is the attacker's, v is attacked, and a's requests go to v meanwhile
 *
 * m has identities of mallory's, whom the services do not allow, and of carol's, whom they allow. The services' targets echo, never read,
 * never stop sending, and are not there.
 */
export const USUAL_MESH: MeshFileInput = {
  cluster: "hostile",
  nodes: { a: {}, m: {}, v: {} },
  links: [{ between: ["a", "v"] }, { between: ["m", "v"] }],
  services: {
    web: service("v", SERVICE_PORT),
    sink: service("v", SERVICE_PORT + 1),
    source: service("v", SERVICE_PORT + 2),
    down: service("v", NOBODY_LISTENS),
  },
  tunnels: [
    { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/mallory", service: "web", path: ["m", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`, as: "user/carol", service: "web", path: ["m", "v"] },
  ],
};

/** A service of the mesh, which nobody of the attacker's may use but carol. */
export function service(node: string, port: number): { node: string; target: string; allow: string[] } {
  return { node, target: `tcp://127.0.0.1:${port}`, allow: ["user/alice", "user/bob", "user/carol"] };
}
