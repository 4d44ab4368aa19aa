import { expect, test } from "vitest";
import { hopOf, linksOfPaths, parseMeshObject } from "../src/index.ts";

test("a path crosses the links of its hops and of its LSPs, in their order", () => {
  const { mesh } = parseMeshObject({
    cluster: "demo",
    nodes: { a: {}, b: {}, c: {}, d: {} },
    links: [
      { between: ["a", "b"] },
      { between: ["b", "c"], tag: "1" },
      { between: ["d", "c"] },
      { between: ["b", "a"], tag: "2" },
    ],
    lsps: { core: ["d", "c", "b/1"] },
    paths: { there: ["a", "b/2", "lsp:core"], here: ["a"], nowhere: ["a", "d"] },
  });
  const links = linksOfPaths(mesh);
  expect(links.get("there")!.map((link) => hopOf(link, link.between[0]))).toEqual(["a/2", "c/1", "c"]);
  expect(links.get("here")).toEqual([]);
  expect(links.get("nowhere")).toEqual([]);
});
