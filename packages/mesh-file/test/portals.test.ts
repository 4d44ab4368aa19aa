import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkMesh, type MeshFileInput, parseMeshObject, renderMesh } from "../src/index.ts";
import { seeded } from "./seeded.ts";

const RUN = "/run/florenetes";

const tls = (listen: string) => ({ portals: { tls: { listen } } });
const MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: {}, b: { address: "b.example.net", ...tls("tls://0.0.0.0:443") }, c: tls("tls://0.0.0.0:8443") },
  links: [{ between: ["a", "b"] }, { between: ["b", "c"], portal: "tls", endpoint: "tls://c.example.net:8443" }],
};

test("links of other link protocols: a portal, and a file for its link vertex, at both ends", () => {
  const { mesh } = parseMeshObject(MESH);
  const [a, b, c] = renderMesh(mesh, seeded()).nodes;
  expect(a!.linkVertices).toEqual([]);
  expect(b!.linkFlor).toBeDefined();
  const quic = { bind: `${RUN}-cluster-demo/florio.sock`, connect: `${RUN}-link/demo.sock` };
  const other = { bind: `${RUN}-cluster-demo/florio-tls.sock`, connect: `${RUN}-link-tls/demo.sock` };
  const config = parse(b!.clusterFlor) as { portals: unknown; links: Record<string, unknown> };
  expect(config.portals).toEqual({ quic, tls: other });
  expect(config.links["c"]).toMatchObject({
    portal: "tls",
    role: "originator",
    endpoint: "tls://c.example.net:8443",
  });
  expect(config.links["a"]).toMatchObject({ portal: "quic", role: "acceptor" });
  expect(c!.linkFlor).toBeUndefined();
  expect(parse(c!.clusterFlor)).toMatchObject({ portals: { tls: other }, links: { b: { portal: "tls" } } });
  expect(c!.linkVertices.map(({ portal, text }) => [portal, parse(text)])).toEqual([
    [
      "tls",
      {
        state: "/var/lib/florenetes/link-tls",
        admin: `${RUN}-link-tls/admin.sock`,
        clusters: {
          demo: {
            vertex: "c",
            identity: "/etc/florenetes/demo/vertex",
            listen: "tls://0.0.0.0:8443",
            bind: other.connect,
            connect: other.bind,
          },
        },
      },
    ],
  ]);
});

test("what a reader of YAML 1.1 would take for something else has quotes", () => {
  const listen = "serial:/dev/ttyUSB0?baud=115200&duplex=half";
  const nodes = { on: { portals: { serial: { listen } } } };
  const [node] = renderMesh(parseMeshObject({ cluster: "demo", nodes }).mesh, seeded()).nodes;
  const [file] = node!.linkVertices;
  expect(file!.text).toContain(`{ vertex: "on", identity: /etc/florenetes/demo/vertex, listen: "${listen}", bind: `);
});

test.each<[string, Partial<MeshFileInput>, string]>([
  ["that one end does not have", { nodes: { ...MESH.nodes, c: {} } }, "ERR_MESH_UNKNOWN_PORTAL"],
  ["without an endpoint", { links: [{ between: ["b", "c"], portal: "tls" }] }, "ERR_MESH_NO_ENDPOINT"],
])("a link over a portal %s is found", (_, change, code) => {
  const problems = checkMesh(parseMeshObject({ ...MESH, ...change }).mesh);
  expect(problems.map((problem) => problem.code)).toEqual([code]);
});

test.each(["quic", "flor"])("no portal is called %s", (name) => {
  const nodes = { ...MESH.nodes, a: { portals: { [name]: { listen: "x" } } } };
  expect(() => parseMeshObject({ ...MESH, nodes })).toThrow(/not a portal's name/);
});
