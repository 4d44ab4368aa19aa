/*
 *   a ── b ══ c ══ d ── e        lsp:core = b, c, d
 *
 *   The path from a to e crosses the LSP as one hop: c switches its labels, and needs no transit for it.
 */
import { readFile } from "node:fs/promises";
import { openLab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer } from "../src/services.ts";

const SIZE = 8 * MEGABYTE;

describe.skipIf(!isRoot)("a path with a static LSP in its middle", () => {
  test("carries a request and a download, and its answers retrace it", async () => {
    await using lab = await openLab(
      {
        cluster: "lsp",
        nodes: { a: {}, b: {}, c: {}, d: {}, e: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }, { between: ["d", "e"] }],
        lsps: { core: ["b", "c", "d"] },
        services: { files: { node: "e", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: "tcp://127.0.0.1:18001",
            as: "user/alice",
            service: "files",
            path: ["a", "b", "lsp:core", "d", "e"],
          },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "e", 8080);

    expect(await curl(lab, "a", "http://127.0.0.1:18001/who")).toBe("e");
    expect(await downloadDigest(lab, "a", 18001, SIZE)).toBe(fileDigest(SIZE));

    const configOfC = await readFile(lab.configFile("c", "cluster-flor"), "utf8");
    expect(configOfC).toMatch(/cross-connects:/);
    expect(configOfC).not.toMatch(/transit:\s*\[\s*\[/);
  });
});
