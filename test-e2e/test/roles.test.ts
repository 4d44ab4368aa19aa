/*
 *   a ───── b ───── c ───── d
 *
 *   b is everything at once: the origin of a connection to d, transit for a's connection to c, and the destination of d's
 *   connection to b.
 */
import { openLab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer } from "../src/services.ts";

const SIZE = 8 * MEGABYTE;

describe.skipIf(!isRoot)("one node in all roles", () => {
  test("origin, transit and destination of different connections at the same time", async () => {
    await using lab = await openLab(
      {
        cluster: "roles",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: Object.fromEntries(
          ["b", "c", "d"].map((node) => [
            `files-${node}`,
            { node, target: "tcp://127.0.0.1:8080", allow: ["user/alice", "user/bob"] },
          ]),
        ),
        tunnels: [
          { node: "b", listen: "tcp://127.0.0.1:18001", as: "user/bob", service: "files-d", path: ["b", "c", "d"] },
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files-c", path: ["a", "b", "c"] },
          { node: "d", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files-b", path: ["d", "c", "b"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    for (const node of ["b", "c", "d"]) await startFileServer(lab, node, 8080);

    const names = await Promise.all(["b", "a", "d"].map((node) => curl(lab, node, "http://127.0.0.1:18001/who")));
    expect(names).toEqual(["d", "c", "b"]);

    const digest = fileDigest(SIZE);
    const digests = await Promise.all(["b", "a", "d"].map((node) => downloadDigest(lab, node, 18001, SIZE)));
    expect(digests).toEqual([digest, digest, digest]);

    const connections = async (): Promise<readonly string[]> => {
      const { clusterFlor } = await lab.status("b");
      return clusterFlor!.connections.map(({ direction, peer }) => `${direction} ${peer}`).sort();
    };
    // A path whose size was found has a new connection; the former one stays until all its packets have arrived.
    await expect.poll(connections, PATIENCE).toEqual(["accepted user/alice", "originated service/files-d"]);
  });
});
