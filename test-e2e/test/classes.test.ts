/*
 *   a ───── b ───── c      two tunnels to one service, one of class interactive and one of class bulk
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { curl, startFileServer } from "../src/services.ts";

const REQUESTS = 5;

describe("traffic classes", () => {
  let lab: Lab;

  beforeAll(async () => {
    const port = await freePort();
    const tunnel = {
      node: "a",
      listen: "tcp://127.0.0.1:0",
      as: "user/alice",
      service: "files",
      path: ["a", "b", "c"],
    };
    lab = await openLab({
      cluster: "classes",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
      services: { files: { node: "c", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [
        { ...tunnel, class: "interactive" },
        { ...tunnel, class: "bulk" },
      ],
    });
    await lab.up();
    await startFileServer(lab, "c", port, "it is here");
  });
  afterAll(async () => lab?.down());

  /** The numbers of packets that a relay has sent to c and to a, for each class that had any. */
  async function sentByRelay(): Promise<Readonly<Record<string, number>>> {
    const { linkFlor } = await lab.status("b");
    const { clusters } = linkFlor as unknown as {
      clusters: { links: { classes: Record<string, { packetsSent: number }> }[] }[];
    };
    const rows = clusters[0]!.links.flatMap(({ classes }) => Object.entries(classes));
    const counts: Record<string, number> = {};
    for (const [name, { packetsSent }] of rows) counts[name] = Math.min(counts[name] ?? Infinity, packetsSent);
    return counts;
  }

  test.each([
    ["interactive", 0],
    ["bulk", 1],
  ] as const)(
    "packets of a tunnel of class %s have it on the links of a relay, there and back",
    async (name, index) => {
      const port = Number(new URL(lab.tunnels[index]!.listen).port);
      const before = await sentByRelay();
      for (let i = 0; i < REQUESTS; i++) {
        expect(await curl(lab, "a", `http://127.0.0.1:${port}/who`)).toBe("it is here");
      }
      const grown = async (): Promise<number> => (await sentByRelay())[name]! - before[name]!;
      await expect.poll(grown, PATIENCE).toBeGreaterThanOrEqual(REQUESTS);
      expect(await sentByRelay()).toMatchObject({ dns: 0, droppable: 0 });
    },
  );

  test("stand in the status of both ends", async () => {
    for (const node of ["a", "c"]) {
      // A connection whose path size was found late has had a predecessor, which stays for a moment longer.
      const classes = async (): Promise<readonly string[]> => {
        const connections = (await lab.status(node)).clusterFlor!.connections as unknown as { class: string }[];
        return connections.map((connection) => connection.class).toSorted();
      };
      await expect.poll(classes, PATIENCE).toEqual(["bulk", "interactive"]);
    }
  });
});
