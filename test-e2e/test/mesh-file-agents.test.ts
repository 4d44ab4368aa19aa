/** Configs of a mesh with agents, as `flor mesh render` makes them: both programs take them, and they meet at the same sockets. */
import { randomInt } from "node:crypto";
import { parseClusterConfig } from "@florenetes/cluster-flor/src/config/cluster-config-file.ts";
import { parseFabricConfig } from "@florenetes/fabric-flor/src/config/fabric-config-file.ts";
import { parseMeshObject, renderMesh } from "@florenetes/mesh-file";
import { expect, test } from "vitest";

test("cluster-flor and fabric-flor take what a mesh file with agents is rendered to", () => {
  const { mesh } = parseMeshObject({
    cluster: "demo",
    nodes: { a: {}, b: { address: "b.test" }, c: { address: "c.test" } },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: { web: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:18080", as: "user/alice", service: "web", path: "auto" }],
    fabric: {
      root: `sha256:${"5b".repeat(32)}`,
      // Users of this machine, as those of the units may not be there.
      owner: `${process.getuid!()}:${process.getgid!()}`,
      nodes: ["a", "c"],
      ways: [["a", "b", "c"]],
    },
  });
  const nodes = new Map(renderMesh(mesh, randomInt).nodes.map((node) => [node.name, node]));
  const vertex = (node: string) => parseClusterConfig(nodes.get(node)!.clusterFlor, "/cluster-flor.yaml");
  const agent = parseFabricConfig(nodes.get("a")!.fabricFlor!, "/fabric-flor.yaml");
  const { fabric, tunnels } = vertex("a");
  expect(fabric).toMatchObject({ door: agent.door, sessions: agent.sessions, agent: agent.listen });
  expect(tunnels).toMatchObject([{ service: "web" }]);
  const [link] = vertex("b").links.filter(({ peer }) => peer === "c");
  expect([...agent.ways]).toEqual([["c", { link: "b", labels: [link!.label] }]]);
  expect(vertex("b").fabric).toBeUndefined();
});
