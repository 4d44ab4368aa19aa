/*
 *   b ───── a ───── c     nodes with control agents: at first all of b and c is of the older build (older-build.json), all of a of this one
 */
import { readFileSync } from "node:fs";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { hasOlderCommit, OLDER_BUILD_MS_MAX, olderBuild } from "../src/older-build.ts";
import { PATIENCE } from "../src/patience.ts";
import { Releases } from "../src/releases.ts";
import { askWho, startFileServer } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

describe.skipIf(!hasOlderCommit("releases-fabric"))("agents of this build and of an older one in a mesh", () => {
  let releases: Releases;
  let lab: Lab;
  let fabric: FabricLab;
  let [port, steadyPort] = [0, 0];

  /** Says by one node's agent who hosts the service, and waits until the tunnel of a leads there. */
  async function move(teller: string, host: string): Promise<void> {
    const { records } = (await fabric.publish(teller, [fabric.signService("web", [host])])) as { records: unknown };
    expect(records).toMatchObject([{ outcome: "taken" }]);
    await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe(host);
  }

  async function restartAgent(release: "older" | "newer", node: string): Promise<void> {
    releases.choose(release, node, "fabric-flor");
    await fabric.kill(node, "SIGTERM");
    fabric.start(node);
    await fabric.untilReady(node);
  }

  beforeAll(async () => {
    releases = new Releases(olderBuild());
    for (const node of ["b", "c"]) releases.choose("older", node, "link-flor", "cluster-flor", "fabric-flor");
    const targets = { b: await freePort(), c: await freePort(), steady: await freePort() };
    [port, steadyPort] = [await freePort(), await freePort()];
    lab = await openLab(
      {
        cluster: "releases-fabric",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
        services: {},
        tunnels: [],
      },
      { linkVertex: releases.command("link-flor"), clusterVertex: releases.command("cluster-flor") },
    );
    const at = (target: number): string => `tcp://127.0.0.1:${target}`;
    const tunnel = { node: "a", as: "user/alice" };
    fabric = FabricLab.prepare(lab, {
      agentProgram: releases.command("fabric-flor"),
      services: {
        web: { allow: ["user/alice"], targets: { b: at(targets.b), c: at(targets.c) } },
        steady: { allow: ["user/alice"], targets: { b: at(targets.steady) } },
      },
      tunnels: [
        { ...tunnel, listen: at(port), service: "web" },
        { ...tunnel, listen: at(steadyPort), service: "steady" },
      ],
    });
    await startFileServer(lab, "b", targets.b);
    await startFileServer(lab, "c", targets.c);
    await SteadyService.start(lab, "b", targets.steady);
    await lab.up();
    await fabric.up();
  }, OLDER_BUILD_MS_MAX);
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    releases?.[Symbol.dispose]();
  });

  test("the agents of b and c alone are of the older build", () => {
    const isOlder = (node: string): boolean =>
      readFileSync(`/proc/${fabric.pidOf(node)}/cmdline`, "utf8").includes("/.toolchain/older/");
    expect(["a", "b", "c"].filter(isOlder)).toEqual(["b", "c"]);
  });

  test("records pass from either to the other, and a tunnel finds its service", async () => {
    await fabric.publish("a", [fabric.signService("steady", ["b"])]);
    await move("b", "b");
    await move("a", "c");
    await move("c", "b");
  });

  test("b is upgraded, its agent first: connections go on until its cluster vertex is restarted", async () => {
    using steady = await SteadyWorkload.start(lab, "a", steadyPort);
    await restartAgent("newer", "b");
    await move("b", "c");
    await releases.restart(lab, "newer", "b", "link-flor");
    await steady.untilProgress(now());
    await releases.restart(lab, "newer", "b", "cluster-flor");
    await move("c", "b");
  });

  test("c is upgraded, its vertices first", async () => {
    using steady = await SteadyWorkload.start(lab, "a", steadyPort);
    await releases.restart(lab, "newer", "c", "link-flor");
    await releases.restart(lab, "newer", "c", "cluster-flor");
    await move("c", "c");
    await restartAgent("newer", "c");
    await move("c", "b");
    await move("b", "c");
    await steady.untilProgress(now());
  });

  test("the agent of a goes back to the older build, with what this one has stored", async () => {
    using steady = await SteadyWorkload.start(lab, "a", steadyPort);
    await restartAgent("older", "a");
    await move("a", "b");
    await steady.untilProgress(now());
  });
});
