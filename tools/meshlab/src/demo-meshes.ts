import type { MeshFileInput } from "@florenetes/mesh-file";
import { PortClaims } from "./port-claims.ts";

const TUNNEL_PORT = 18_080;
const UPLINK_PORT = 17_001;
/** The UDP port of link vertices for the upper mesh. */
const UPPER_PORT = 4_434;

/** The mesh of the demo: four nodes in a line. */
export function demoMesh(servicePort: number): MeshFileInput {
  return {
    cluster: "demo",
    nodes: { a: null, b: null, c: null, d: null },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
    ...web(servicePort, ["a", "b", "c", "d"]),
  };
}

/**
 * Two meshes on five nodes, the lower one first. The middle link of the upper mesh goes through a tunnel of the lower one:
 *
 *     upper     a ───── b ═══════════════════════ e ───── d
 *     lower             b ───── c ───── d ───── e
 */
export async function recursiveMeshes(servicePort: number, isInNamespaces: boolean): Promise<readonly MeshFileInput[]> {
  // On loopback all nodes share the machine's ports.
  const port = isInNamespaces ? UPPER_PORT : await freePort();
  const lower: MeshFileInput = {
    cluster: "lower",
    nodes: { b: null, c: null, d: null, e: null },
    links: [{ between: ["b", "c"] }, { between: ["c", "d"] }, { between: ["d", "e"] }],
    services: { uplink: { node: "e", target: `udp://127.0.0.1:${port}`, allow: ["service/link-of-b"] } },
    tunnels: [
      {
        node: "b",
        listen: `udp://127.0.0.1:${UPLINK_PORT}`,
        as: "service/link-of-b",
        service: "uplink",
        path: ["b", "c", "d", "e"],
        "dont-fragment": true,
      },
    ],
  };
  const upper: MeshFileInput = {
    cluster: "upper",
    nodes: { a: { port }, b: { port }, e: { port }, d: { port } },
    links: [
      { between: ["a", "b"] },
      { between: ["b", "e"], address: "127.0.0.1", port: UPLINK_PORT },
      { between: ["e", "d"] },
    ],
    ...web(servicePort, ["a", "b", "e", "d"]),
  };
  return [lower, upper];
}

/** A web server on d, and a tunnel to it on a. */
function web(port: number, path: string[]): Pick<MeshFileInput, "services" | "tunnels"> {
  const listen = `tcp://127.0.0.1:${TUNNEL_PORT}`;
  return {
    services: { web: { node: "d", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen, as: "user/alice", service: "web", path }],
  };
}

/** A free UDP port, which the lab soon claims. */
async function freePort(): Promise<number> {
  using ports = new PortClaims();
  return await ports.claimAny("udp", "127.0.0.1");
}
