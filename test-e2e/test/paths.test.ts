/*
 *   a ───── b ───── c ───── d        each in a namespace of its own; no routes but to the neighbours
 *
 *   Services: far on d (three links), near on b (one link), own on a (no link at all). Tunnels on a.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileContents, fileDigest } from "../src/file-contents.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer, uploadDigest } from "../src/services.ts";

const SIZE = 25 * MEGABYTE;
const CONNECTIONS = 200;

const routes = [
  { name: "three links", service: "far", node: "d", port: 18001, path: ["a", "b", "c", "d"] },
  { name: "one link", service: "near", node: "b", port: 18002, path: ["a", "b"] },
  { name: "no link: the tunnel's own node", service: "own", node: "a", port: 18003, path: ["a"] },
];

describe.skipIf(!isRoot)("a workload over a path", () => {
  let lab: Lab;
  let folder: string;
  let file: string;
  const digest = fileDigest(SIZE);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    file = join(folder, "upload");
    await pipeline(fileContents(SIZE), createWriteStream(file));
    lab = await openLab(
      {
        cluster: "paths",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: Object.fromEntries(
          routes.map(({ service, node }) => [service, { node, target: "tcp://127.0.0.1:8080", allow: ["user/alice"] }]),
        ),
        tunnels: routes.map(({ service, port, path }) => ({
          node: "a",
          listen: `tcp://127.0.0.1:${port}`,
          as: "user/alice",
          service,
          path,
        })),
      },
      { mode: "netns" },
    );
    await lab.up();
    for (const { node } of routes) await startFileServer(lab, node, 8080);
  });

  afterAll(async () => {
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  test("the namespaces hide d from a: nothing but the mesh could carry the request", async () => {
    const { code } = await lab.exec("a", ["ip", "route", "get", "10.255.255.1"]);
    expect(code).not.toBe(0);
    const routesOfA = await lab.exec("a", ["ip", "-4", "route", "show"]);
    expect(routesOfA.stdout.trim().split("\n")).toHaveLength(1);
  });

  test.each(routes)("25 MB down over $name arrive whole", async ({ port }) => {
    expect(await downloadDigest(lab, "a", port, SIZE)).toBe(digest);
  });

  test.each(routes)("25 MB up over $name arrive whole", async ({ port }) => {
    expect(await uploadDigest(lab, "a", port, file)).toBe(digest);
  });

  test("three links carry larger packets than one of their own frames holds", async () => {
    const large = expect.objectContaining({
      labels: [expect.any(Number), expect.any(Number), expect.any(Number)],
      mtu: 4_096,
    });
    // Links whose packets were lost while the machine was busy need traffic to find out that it no longer is.
    const pathsAfterTraffic = async (): Promise<unknown> => {
      await downloadDigest(lab, "a", 18001, SIZE);
      return (await lab.statuses()).get("a")?.clusterFlor?.["paths"];
    };
    await expect.poll(pathsAfterTraffic, PATIENCE).toContainEqual(large);
  });

  test("200 connections at once over three links: each gets the right bytes", async () => {
    const size = 100_000;
    const url = `http://127.0.0.1:18001/file?size=${size}&n=[1-${CONNECTIONS}]`;
    const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", String(CONNECTIONS)];
    await curl(lab, "a", ...parallel, "--no-keepalive", "--output", join(folder, "part-#1"), url);
    const sum = `sha256sum ${folder}/part-* | cut -d' ' -f1 | sort | uniq -c`;
    const sums = await lab.exec("a", ["bash", "--norc", "-c", sum]);
    expect(sums.stdout.trim()).toBe(`${CONNECTIONS} ${fileDigest(size)}`);
  });
});
