import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseMesh, renderMesh, renderMeshes } from "../src/index.ts";
import { problemsOf } from "./problems-of.ts";
import { seeded } from "./seeded.ts";

const ONE = `cluster: one
nodes:
  a: {}
  b: { address: 192.0.2.2 }
links:
  - { between: [a, b] }
services:
  web: { node: b, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, b] }
`;
/** A second cluster: the same machines, names and labels, and one more node. */
const TWO = ONE.replace("cluster: one", "cluster: two")
  .replace("a: {}", "a: { port: 4434 }")
  .replace("192.0.2.2 }", "192.0.2.2, port: 4434 }\n  c: {}")
  .replace("18080", "18081");

describe("meshes of several clusters on the same machines", () => {
  test("fit when nothing is used twice", () => {
    expect(problemsOf(ONE, TWO)).toEqual([]);
  });

  test.each<[string, string, readonly string[]]>([
    ["a mesh of the same cluster", TWO.replace("cluster: two", "cluster: one"), ["ERR_MESH_CLUSTER_TWICE :1"]],
    ["a UDP port that is taken", TWO.replace("a: { port: 4434 }", "a: {}"), ["ERR_MESH_PORT_CLASH :3"]],
    [
      "a UDP port that is taken on all addresses",
      TWO.replace("a: { port: 4434 }", 'a: { listen: "192.0.2.1" }'),
      ["ERR_MESH_PORT_CLASH :3"],
    ],
    [
      "another folder of the one link-flor",
      TWO.replace("port: 4434 }", "port: 4434, dirs: { run-link: /run/other, state-link: /var/other } }"),
      ["ERR_MESH_DIRS :3", "ERR_MESH_DIRS :3"],
    ],
    [
      "the folders of the other cluster",
      TWO.replace(
        "port: 4434 }",
        "port: 4434, dirs: { identity: /etc/florenetes/one, run-cluster: /run/florenetes-cluster-one, state-cluster: /var/lib/florenetes/cluster-one } }",
      ),
      ["ERR_MESH_DIRS :3", "ERR_MESH_DIRS :3", "ERR_MESH_DIRS :3"],
    ],
    ["a tunnel's address that is taken", TWO.replace("18081", "18080"), ["ERR_MESH_LISTEN_CLASH :11"]],
  ])("do not fit: %s, told of the second, with its line", (_what, second, codes) => {
    expect(problemsOf(ONE, second)).toEqual(codes.map((code) => code.replace(" :", " /mesh1.yaml:")));
  });

  test("one port is enough where the addresses differ", () => {
    const onlyOn = (text: string, address: string): string => text.replace("a: {", `a: { listen: "${address}",`);
    const second = onlyOn(TWO.replace("a: { port: 4434 }", "a: { port: 4433 }"), "192.0.2.11");
    expect(problemsOf(onlyOn(ONE, "192.0.2.1").replace(", }", " }"), second)).toEqual([]);
  });

  test("render into one link-flor for a node of both, and a cluster-flor each", () => {
    const meshes = [ONE, TWO].map((text) => parseMesh(text, "/mesh.yaml").mesh);
    const alone = meshes.map((mesh) => renderMesh(mesh, seeded()));
    const locks = alone.map(({ lock }) => lock);
    const [one, two] = renderMeshes(meshes, seeded(), locks);
    const [b, bAgain, c] = [one!.nodes[1]!, two!.nodes[1]!, two!.nodes[2]!];
    expect(bAgain.linkFlor).toBe(b.linkFlor);
    const link = parse(b.linkFlor!);
    expect(link.clusters).toEqual({
      one: parse(alone[0]!.nodes[1]!.linkFlor!).clusters.one,
      two: parse(alone[1]!.nodes[1]!.linkFlor!).clusters.two,
    });
    expect(link.clusters.two).toEqual({
      vertex: "b",
      identity: "/etc/florenetes/two/vertex",
      listen: "udp://0.0.0.0:4434",
      bind: "/run/florenetes-link/two.sock",
      connect: "/run/florenetes-cluster-two/florio.sock",
    });
    expect(b.linkFlor).toMatch(/^# Node b of clusters one, two\. Rendered from their mesh files/);
    expect(c.linkFlor).toBe(alone[1]!.nodes[2]!.linkFlor);
    for (const [index, { nodes }] of [one!, two!].entries()) {
      expect(nodes.map(({ clusterFlor }) => clusterFlor)).toEqual(
        alone[index]!.nodes.map(({ clusterFlor }) => clusterFlor),
      );
    }
  });
});
