import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  lockFileOf,
  parseMeshObject,
  readLock,
  readMesh,
  renderMesh,
  reportProblems,
  writeLock,
  writeRendered,
} from "../src/index.ts";
import type { MeshFileInput } from "../src/index.ts";
import { seeded } from "./seeded.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url).pathname;

function nodesOf(
  input: MeshFileInput,
): Record<string, { link: Record<string, unknown>; cluster: Record<string, unknown> }> {
  const rendered = renderMesh(parseMeshObject(input).mesh, seeded());
  return Object.fromEntries(
    rendered.nodes.map((node) => [node.name, { link: parse(node.linkFlor ?? ""), cluster: parse(node.clusterFlor) }]),
  );
}

describe("renderMesh", () => {
  test("a line of four: roles, endpoints, labels of the path, transit in the middle only", async () => {
    const { mesh } = await readMesh(join(EXAMPLES, "line.yaml"));
    const files = renderMesh(mesh, seeded()).nodes.map((node) => parse(node.clusterFlor));
    const label: number = files[0].links.b.label;
    const web: number = files[3].services.web.label;
    expect(files[0]).toEqual({
      cluster: "demo",
      vertex: "a",
      portals: {
        quic: { bind: "/run/florenetes-cluster-demo/florio.sock", connect: "/run/florenetes-link/demo.sock" },
      },
      state: "/var/lib/florenetes/cluster-demo",
      admin: "/run/florenetes-cluster-demo/admin.sock",
      links: { b: { portal: "quic", role: "originator", peer: "b", endpoint: "udp://b.example.net:4433", label } },
      paths: {
        "web.a.tcp-127-0-0-1-18080": { link: "b", labels: [files[1].links.c.label, files[2].links.d.label, web] },
      },
      tunnels: [
        {
          listen: "tcp://127.0.0.1:18080",
          as: "/etc/florenetes/demo/user/alice",
          service: "web",
          path: "web.a.tcp-127-0-0-1-18080",
        },
      ],
    });
    expect(files.map((file) => file.transit)).toEqual([undefined, [["a", "c"]], [["b", "d"]], undefined]);
    expect(files[3].services).toEqual({
      web: {
        label: web,
        identity: "/etc/florenetes/demo/service/web",
        target: "tcp://127.0.0.1:8080",
        allow: ["user/alice"],
      },
    });
  });

  test("link-flor's file names the sockets that cluster-flor's names, the other way round", async () => {
    const { mesh } = await readMesh(join(EXAMPLES, "line.yaml"));
    const node = renderMesh(mesh, seeded()).nodes[1]!;
    const { bind, connect, listen, identity } = parse(node.linkFlor!).clusters.demo;
    expect(parse(node.clusterFlor).portals.quic).toEqual({ bind: connect, connect: bind });
    expect([listen, identity]).toEqual(["udp://0.0.0.0:4433", "/etc/florenetes/demo/vertex"]);
  });

  test("a transit limit is handed on to the node that has one", () => {
    const limit = { packets: 1_000, bytes: 1_000_000 };
    const nodes = nodesOf({ cluster: "demo", nodes: { a: { "transit-limit": limit }, b: {} } });
    expect(nodes["a"]!.cluster["transit-limit"]).toEqual(limit);
    expect(nodes["b"]!.cluster).not.toHaveProperty("transit-limit");
  });

  test("what links may run over is handed on to every node", () => {
    const nodes = nodesOf({ cluster: "demo", carriers: "quic-only", nodes: { a: {}, b: {} } });
    expect(nodes["a"]!.cluster["carriers"]).toBe("quic-only");
    expect(nodes["b"]!.cluster["carriers"]).toBe("quic-only");
    expect(nodesOf({ cluster: "demo", nodes: { a: {} } })["a"]!.cluster).not.toHaveProperty("carriers");
  });

  test("parallel links have names of their own, and IPv6 addresses stand in brackets", () => {
    const nodes = nodesOf({
      cluster: "demo",
      nodes: { a: { address: "2001:db8::1", port: 7000 }, b: {} },
      links: [{ between: ["b", "a"] }, { between: ["a", "b"], originator: "b", tag: "1", address: "2001:db8::2" }],
    });
    expect(nodes["b"]!.cluster["links"]).toMatchObject({
      a: { endpoint: "udp://[2001:db8::1]:7000" },
      "a.1": { tag: "1", endpoint: "udp://[2001:db8::2]:7000" },
    });
    expect(nodes["a"]!.link).toMatchObject({ clusters: { demo: { listen: "udp://[::]:7000" } } });
  });

  test("both ends of a link have its rate", () => {
    const links = [{ between: ["a", "b"], rate: "50 Mbit/s" }];
    const nodes = nodesOf({
      cluster: "demo",
      nodes: { a: { address: "a.example" }, b: { address: "b.example" } },
      links,
    });
    expect(nodes["a"]!.cluster["links"]).toMatchObject({ b: { role: "originator", rate: "50 Mbit/s" } });
    expect(nodes["b"]!.cluster["links"]).toMatchObject({ a: { role: "acceptor", rate: "50 Mbit/s" } });
  });

  test("a service on the tunnel's own node is reached without a link", () => {
    const nodes = nodesOf({
      cluster: "demo",
      nodes: { a: {} },
      services: { web: { node: "a", target: "tcp://127.0.0.1:80", allow: ["user/alice"] } },
      tunnels: [
        { node: "a", listen: "unix:/run/web.sock", mode: "0660", as: "user/alice", service: "web", path: ["a"] },
      ],
    });
    const { label } = (nodes["a"]!.cluster["services"] as { web: { label: number } }).web;
    expect(nodes["a"]!.cluster["paths"]).toEqual({ "web.a.unix-run-web-sock": { labels: [label] } });
    expect(nodes["a"]!.cluster["tunnels"]).toMatchObject([{ listen: "unix:/run/web.sock", mode: "0660" }]);
  });

  test("a service whose target is told who has connected", () => {
    const web = { node: "a", target: "tcp://127.0.0.1:80", allow: ["user/alice"] };
    const services = { web: { ...web, "proxy-protocol": "v2" } } as const;
    const nodes = nodesOf({ cluster: "demo", nodes: { a: {} }, services });
    expect(nodes["a"]!.cluster["services"]).toMatchObject({ web: { "proxy-protocol": "v2" } });
  });

  test("datagrams, how long a flow may be silent, and that they are not cut", () => {
    const target = "udp://ns.example.org:53";
    const dns = { node: "a", target, allow: ["user/alice"], "flow-idle": "30s" };
    const tunnel = { node: "a", listen: "udp://127.0.0.1:5353", as: "user/alice", service: "dns", path: ["a"] };
    const tunnels = [{ ...tunnel, "dont-fragment": true }];
    const nodes = nodesOf({ cluster: "demo", nodes: { a: {} }, services: { dns }, tunnels });
    expect(nodes["a"]!.cluster["services"]).toMatchObject({ dns: { target, "flow-idle": "30s" } });
    expect(nodes["a"]!.cluster["tunnels"]).toMatchObject([{ listen: "udp://127.0.0.1:5353", "dont-fragment": true }]);
  });

  test("the classes of tunnels and services, and how long a tunnel keeps a connection", () => {
    const web = { node: "a", target: "tcp://127.0.0.1:80", allow: ["user/alice"], classes: ["bulk", "dns"] } as const;
    const tunnel = { node: "a", as: "user/alice", service: "web", path: ["a"] };
    const nodes = nodesOf({
      cluster: "demo",
      nodes: { a: {} },
      services: { web: { ...web, classes: [...web.classes], allow: [...web.allow] } },
      tunnels: [{ ...tunnel, listen: "unix:/run/web.sock", class: "bulk", keep: "5min", "connect-wait": 0 }],
    });
    expect(nodes["a"]!.cluster["services"]).toMatchObject({ web: { classes: ["bulk", "dns"] } });
    expect(nodes["a"]!.cluster["tunnels"]).toMatchObject([{ class: "bulk", keep: "5min", "connect-wait": 0 }]);
  });

  test("an LSP: cross-connects in its middle, an entry at both ends, two words in the path", async () => {
    const { mesh } = await readMesh(join(EXAMPLES, "static-lsp.yaml"));
    const [a, b, c, d, e] = renderMesh(mesh, seeded()).nodes.map((node) => parse(node.clusterFlor));
    const [first, second, third] = [b["lsp-ends"][0].label, d["cross-connects"][0].from.label, e["lsp-ends"][0].label];
    expect(b["lsp-ends"]).toEqual([{ link: "c", label: first }]);
    expect(c["cross-connects"]).toEqual([{ from: { link: "b", label: first }, to: { link: "d", label: second } }]);
    expect(d["cross-connects"]).toEqual([{ from: { link: "c", label: second }, to: { link: "e", label: third } }]);
    expect(e["lsp-ends"]).toEqual([{ link: "d", label: third }]);
    expect(a.paths["web.a-to-f"].labels.slice(0, 3)).toEqual([b.links.c.label, first, e.links.f.label]);
    expect([c.transit, d.transit]).toEqual([undefined, undefined]);
  });

  test.each(["line", "parallel-links", "recursion-lower", "recursion-upper", "static-lsp"])(
    "the example %s has no problems",
    async (name) => {
      expect(reportProblems(await readMesh(join(EXAMPLES, `${name}.yaml`)))).toEqual({ errors: [], warnings: [] });
    },
  );

  test("files and lock are written and read back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-file-"));
    try {
      const { mesh } = await readMesh(join(EXAMPLES, "line.yaml"));
      const lockFile = lockFileOf(join(folder, "line.yaml"));
      const rendered = renderMesh(mesh, seeded(), await readLock(lockFile, mesh));
      await writeLock(lockFile, rendered.lock);
      const files = await writeRendered(join(folder, "out"), rendered);
      expect(files).toHaveLength(8);
      expect(await readFile(files[1]!, "utf8")).toBe(rendered.nodes[0]!.clusterFlor);
      const ignored = join(folder, "out", ".gitignore");
      expect((await readFile(ignored, "utf8")).split("\n").slice(1)).toEqual(["/a/", "/b/", "/c/", "/d/", ""]);
      await writeFile(ignored, "*.yaml\n");
      // An agent that the mesh file has no more loses its config, and one of the operator's own keeps it.
      const [former, byHand] = ["a", "b"].map((node) => join(folder, "out", node, "fabric-flor.yaml"));
      await writeFile(former!, rendered.nodes[0]!.clusterFlor);
      await writeFile(byHand!, "cluster: line\n");
      await writeRendered(join(folder, "out"), rendered);
      expect(await readFile(ignored, "utf8")).toBe("*.yaml\n");
      await expect(readFile(former!)).rejects.toMatchObject({ code: "ENOENT" });
      expect(await readFile(byHand!, "utf8")).toBe("cluster: line\n");
      expect((await readLock(lockFile, mesh)).labels.size).toBe(rendered.lock.labels.size);
      await expect(readLock(lockFile, { ...mesh, cluster: "other" })).rejects.toMatchObject({
        code: "ERR_MESH_LOCK_CLUSTER",
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
