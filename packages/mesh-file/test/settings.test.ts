import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseMesh, type RenderedNode, renderMesh, renderMeshes } from "../src/index.ts";
import { LINE } from "./mesh-line.ts";
import { problemsOf } from "./problems-of.ts";
import { seeded } from "./seeded.ts";

const FABRIC = `fabric: { root: "sha256:${"5b".repeat(32)}", nodes: [b] }\n`;
const FOR_ALL = `settings:
  link-flor: { dead-after: 2s, quiet: 25s }
  cluster-flor:
    log: { level: debug }
    metrics: { listen: "tcp://127.0.0.1:9464" }
    otlp-traces: { endpoint: "http://127.0.0.1:4318/v1/traces" }
`;

function rendered(text: string): readonly RenderedNode[] {
  return renderMesh(parseMesh(text, "/mesh.yaml").mesh, seeded()).nodes;
}

describe("settings", () => {
  test("of all nodes are in the configs of each, and change nothing else", () => {
    const without = rendered(LINE);
    for (const [index, { linkFlor, clusterFlor }] of rendered(FOR_ALL + LINE).entries()) {
      expect(parse(linkFlor!)).toEqual({ ...parse(without[index]!.linkFlor!), "dead-after": "2s", quiet: "25s" });
      expect(parse(clusterFlor)).toEqual({
        ...parse(without[index]!.clusterFlor),
        log: { level: "debug" },
        metrics: { listen: "tcp://127.0.0.1:9464" },
        "otlp-traces": { endpoint: "http://127.0.0.1:4318/v1/traces" },
      });
    }
  });

  test("of a node take the place of those of all, key by key", () => {
    const own = '  a: { settings: { cluster-flor: { metrics: { listen: "tcp://127.0.0.1:9000" } } } }\n';
    const [a, b] = rendered(FOR_ALL + LINE.replace("  a: {}\n", own)).map(({ clusterFlor }) => parse(clusterFlor));
    expect(a).toMatchObject({ log: { level: "debug" }, metrics: { listen: "tcp://127.0.0.1:9000" } });
    expect(b).toMatchObject({ log: { level: "debug" }, metrics: { listen: "tcp://127.0.0.1:9464" } });
  });

  test("of the agent are in the config of nodes that run one", () => {
    const settings = 'settings: { fabric-flor: { store: sqlite, metrics: { listen: "tcp://127.0.0.1:9466" } } }\n';
    const agents = rendered(settings + LINE + FABRIC).map(({ fabricFlor }) => fabricFlor && parse(fabricFlor));
    expect(agents).toEqual([
      undefined,
      expect.objectContaining({ store: "sqlite", metrics: { listen: "tcp://127.0.0.1:9466" } }),
      undefined,
    ]);
  });

  test.each([
    ["a key that the mesh file writes itself", "{ cluster-flor: { links: {} } }"],
    ["the control socket, at which the tools of a rollout ask", "{ link-flor: { control: /tmp/x } }"],
    ["a key of another program", "{ link-flor: { otlp-traces: {} } }"],
    ["an unknown program", "{ vpn-flor: {} }"],
  ])("do not take %s", (_what, settings) => {
    expect(problemsOf(`settings: ${settings}\n${LINE}`)).toEqual(["ERR_CONFIG_UNKNOWN_KEY /mesh0.yaml:1"]);
    const own = LINE.replace("a: {}", `a: { settings: ${settings} }`);
    expect(problemsOf(own)).toEqual(["ERR_CONFIG_UNKNOWN_KEY /mesh0.yaml:3"]);
  });

  describe("of a node in two clusters", () => {
    const other = LINE.replace("cluster: demo", "cluster: other")
      .replace("a: {}", "a: { port: 4434 }")
      .replace("192.0.2.2 }", "192.0.2.2, port: 4434 }")
      .replace("192.0.2.3 }", "192.0.2.3, port: 4434 }")
      .replace("18080", "18081");

    test("are the same of link-flor, which serves both", () => {
      expect(problemsOf(FOR_ALL + LINE, other)).toEqual(
        [5, 6, 7].map((line) => `ERR_MESH_SETTINGS /mesh1.yaml:${line - 2}`),
      );
    });

    test("may be others of their cluster-flors", () => {
      const texts = [FOR_ALL + LINE, FOR_ALL.replace("debug", "error") + other];
      expect(problemsOf(...texts)).toEqual([]);
      const meshes = renderMeshes(
        texts.map((text) => parseMesh(text, "/mesh.yaml").mesh),
        seeded(),
      );
      const [one, two] = meshes.map(({ nodes }) => nodes[0]!);
      expect(two!.linkFlor).toBe(one!.linkFlor);
      expect(parse(one!.linkFlor!)).toMatchObject({ "dead-after": "2s", quiet: "25s" });
      expect([one, two].map((node) => parse(node!.clusterFlor).log.level)).toEqual(["debug", "error"]);
    });
  });
});
