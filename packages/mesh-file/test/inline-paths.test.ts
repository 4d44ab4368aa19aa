import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { parseMeshObject, renderMesh } from "../src/index.ts";
import type { MeshFileInput } from "../src/index.ts";
import { seeded } from "./seeded.ts";

const MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: {}, b: { address: "b.example" }, c: { address: "c.example" } },
  links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["a", "c"] }],
  services: { web: { node: "c", target: "tcp://127.0.0.1:80", allow: ["user/alice"] } },
};

const web = { node: "a", as: "user/alice", service: "web" };

/** The path of each tunnel of node a: its name, and its first link. */
function waysOf(input: Partial<MeshFileInput>): (readonly [string, string])[] {
  const { mesh } = parseMeshObject({ ...MESH, ...input });
  const config = parse(renderMesh(mesh, seeded()).nodes[0]!.clusterFlor) as {
    paths: Record<string, { link: string }>;
    tunnels: { path: string }[];
  };
  return config.tunnels.map(({ path }) => [path, config.paths[path]!.link] as const);
}

describe("a path that is written in a tunnel", () => {
  test("has the same name when its hops are others", () => {
    const way = (path: string[]): ReturnType<typeof waysOf> =>
      waysOf({ tunnels: [{ ...web, listen: "tcp://127.0.0.1:18080", path }] });
    expect(way(["a", "b", "c"])).toEqual([["web.a.tcp-127-0-0-1-18080", "b"]]);
    expect(way(["a", "c"])).toEqual([["web.a.tcp-127-0-0-1-18080", "c"]]);
  });

  test("is that tunnel's alone, even where another one has the same hops", () => {
    const tunnels = ["tcp://127.0.0.1:1", "udp://127.0.0.1:1"].map((listen) => ({
      ...web,
      listen,
      path: ["a", "b", "c"],
    }));
    expect(waysOf({ tunnels })).toEqual([
      ["web.a.tcp-127-0-0-1-1", "b"],
      ["web.a.udp-127-0-0-1-1", "b"],
    ]);
  });

  test("takes no name that another one has", () => {
    const tunnels = ["unix:/run/a/b", "unix:/run/a-b"].map((listen) => ({ ...web, listen, path: ["a", "b", "c"] }));
    const named = { ...web, listen: "tcp://127.0.0.1:2", path: "a.unix-run-a-b" };
    expect(waysOf({ paths: { "a.unix-run-a-b": ["a", "c"] }, tunnels: [...tunnels, named] })).toEqual([
      ["web.a.unix-run-a-b.2", "b"],
      ["web.a.unix-run-a-b.3", "b"],
      ["web.a.unix-run-a-b", "c"],
    ]);
  });
});
