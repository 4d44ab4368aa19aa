/*
 *   a ───── b ───── c ───── d      at first b and d run the programs of the older build (older-build.json), a and c those of this one
 */
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileContents, fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { hasOlderCommit, OLDER_BUILD_MS_MAX, olderBuild } from "../src/older-build.ts";
import { Releases } from "../src/releases.ts";
import { downloadDigest, MEGABYTE, startFileServer, uploadDigest } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const SIZE = 4 * MEGABYTE;
/** Each from a program of one release through one of the other. */
const WAYS = [
  { from: "a", path: ["a", "b", "c"] },
  { from: "b", path: ["b", "c", "d"] },
  { from: "a", path: ["a", "b", "c", "d"] },
  { from: "d", path: ["d", "c"] },
];

describe.skipIf(!hasOlderCommit("releases-mesh"))("nodes of this build and of an older one in a mesh", () => {
  let releases: Releases;
  let lab: Lab;
  let steady: SteadyWorkload;
  let steadyPort: number;
  let ports: number[];

  beforeAll(async () => {
    const build = olderBuild();
    releases = new Releases(build);
    for (const node of ["b", "d"]) releases.choose("older", node, "link-flor", "cluster-flor");
    const targets = { c: await freePort(), d: await freePort(), steady: await freePort() };
    const serviceOf = (node: string, target: number) => {
      return { node, target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] };
    };
    lab = await openLab(
      {
        cluster: "releases",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: ["a b", "b c", "c d"].map((pair) => ({ between: pair.split(" ") as [string, string] })),
        services: {
          "files-c": serviceOf("c", targets.c),
          "files-d": serviceOf("d", targets.d),
          steady: serviceOf("d", targets.steady),
        },
        tunnels: [
          ...WAYS.map(({ from, path }) => tunnel(from, `files-${path.at(-1)}`, path)),
          tunnel("a", "steady", ["a", "b", "c", "d"]),
        ],
      },
      { linkVertex: releases.command("link-flor"), clusterVertex: releases.command("cluster-flor") },
    );
    ports = lab.tunnels.map(({ listen }) => Number(new URL(listen).port));
    steadyPort = ports.at(-1)!;
    await lab.up();
    await startFileServer(lab, "c", targets.c);
    await startFileServer(lab, "d", targets.d);
    await SteadyService.start(lab, "d", targets.steady);
    steady = await SteadyWorkload.start(lab, "a", steadyPort);
  }, OLDER_BUILD_MS_MAX);
  afterAll(async () => {
    steady?.[Symbol.dispose]();
    await lab?.down();
    releases?.[Symbol.dispose]();
  });

  test("the processes of b and d alone are of the older build", () => {
    const older = lab
      .pids()
      .filter(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/.toolchain/older/"));
    expect(older.map(({ node, process }) => `${node} ${process}`).toSorted()).toEqual([
      "b cluster-flor",
      "b link-flor",
      "d cluster-flor",
      "d link-flor",
    ]);
  });

  test.each(WAYS.map((way, i) => ({ ...way, i })))("files pass whole over $path, there and back", async (way) => {
    const file = join(lab.folder, `upload-${way.i}`);
    await pipeline(fileContents(SIZE), createWriteStream(file));
    expect(await downloadDigest(lab, way.from, ports[way.i]!, SIZE)).toBe(fileDigest(SIZE));
    expect(await uploadDigest(lab, way.from, ports[way.i]!, file)).toBe(fileDigest(SIZE));
  });

  // Each of the first three restarts leaves a node whose two programs are of different builds, or ends such a state.
  test.each([
    ["newer", "b", "cluster-flor"],
    ["newer", "b", "link-flor"],
    ["newer", "d", "link-flor"],
    ["older", "c", "link-flor"],
    ["older", "c", "cluster-flor"],
  ] as const)("connections live when the %s build comes to %s, as its %s", async (release, node, name) => {
    await releases.restart(lab, release, node, name);
    await steady.untilProgress(now());
    expect(steady.lost).toEqual(new Map());
  });

  test("an end that is upgraded ends its connections, and takes new ones", async () => {
    await releases.restart(lab, "newer", "d", "cluster-flor");
    await expect.poll(() => [...steady.lost.keys()].toSorted(), { timeout: 60_000 }).toEqual(["d", "p", "u"]);
    using next = await SteadyWorkload.start(lab, "a", steadyPort);
    expect(next.lost).toEqual(new Map());
  });
});

function tunnel(node: string, service: string, path: string[]) {
  return { node, listen: "tcp://127.0.0.1:0", as: "user/alice", service, path };
}
