import type { MeshFileInput } from "@florenetes/mesh-file";

export const SERVICE_PORT = 8080;
export const TUNNEL_PORT = 18_080;

/**
 *     a ───── v ───── m        m is the attacker's, v is attacked, and a's requests go to v meanwhile
 *
 * m has identities of mallory's, whom the service does not allow, and of carol's, whom it allows.
 */
export const USUAL_MESH: MeshFileInput = {
  cluster: "hostile",
  nodes: { a: {}, m: {}, v: {} },
  links: [{ between: ["a", "v"] }, { between: ["m", "v"] }],
  services: { web: { node: "v", target: `tcp://127.0.0.1:${SERVICE_PORT}`, allow: ["user/alice", "user/carol"] } },
  tunnels: [
    { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "web", path: ["a", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/mallory", service: "web", path: ["m", "v"] },
    { node: "m", listen: `tcp://127.0.0.1:${TUNNEL_PORT + 1}`, as: "user/carol", service: "web", path: ["m", "v"] },
  ],
};
