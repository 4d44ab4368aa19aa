/*
 *       ┌── tag 0 ──┐
 *   a ──┤           ├── b        each link a wire of its own
 *       └── tag 1 ──┘
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { curl, startFileServer } from "../src/services.ts";

describe.skipIf(!isRoot)("two links between the same two vertices", () => {
  test("each path uses the link that it names, and lives when the other link is cut", async () => {
    await using lab = await openLab(
      {
        cluster: "parallel",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }, { between: ["a", "b"], tag: "1" }],
        services: { files: { node: "b", target: "tcp://127.0.0.1:8080", allow: ["user/alice", "user/bob"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files", path: ["a", "b"] },
          { node: "a", listen: "tcp://127.0.0.1:18002", as: "user/bob", service: "files", path: ["a", "b/1"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "b", 8080);

    const before = await bytesSent(lab);
    await curl(lab, "a", "--output", "/dev/null", "http://127.0.0.1:18002/file?size=2000000");
    const after = await bytesSent(lab);
    expect(after["1"]! - before["1"]!).toBeGreaterThan(2_000_000);
    expect(after["0"]! - before["0"]!).toBeLessThan(100_000);

    await lab.linkDown("a", "b", "0");
    await expect.poll(() => stateOf(lab, "0"), PATIENCE).not.toBe("up");
    expect(await curl(lab, "a", "http://127.0.0.1:18002/who")).toBe("b");

    await lab.linkUp("a", "b", "0");
    await lab.waitUntilUp();
    expect(await curl(lab, "a", "http://127.0.0.1:18001/who")).toBe("b");
  });
});

/** Bytes that b has sent over each link, by tag. */
async function bytesSent(lab: Lab): Promise<Record<string, number>> {
  const { clusterFlor } = await lab.status("b");
  return Object.fromEntries(clusterFlor!.links.map(({ tag, bytesSent }) => [tag, Number(bytesSent)]));
}

async function stateOf(lab: Lab, tag: string): Promise<string | undefined> {
  const { clusterFlor } = await lab.status("a");
  return clusterFlor!.links.find((link) => link.tag === tag)?.state;
}
