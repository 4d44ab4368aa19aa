/*
 *   a ══════ b ┄┄┄┄┄┄ c      two clusters on the same two nodes, with a link each: configs of both go to the nodes over a real sshd, while
 *                            workloads of both talk. The third node is new to one of them
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { bringConfigs, configPlaces, type Lab, type NodeCommands, nodesOf, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { executable, flor, florCommand, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { startNodeShells } from "../src/node-shells.ts";
import { PATIENCE } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const CLUSTERS = ["one", "two"];
const APPLY_TIMEOUT_MS = 200_000;

const labs: Lab[] = [];
const workloads: SteadyWorkload[] = [];
const targets: number[] = [];
let ssh: string;

const isHere = areInstalled("flor mesh apply over ssh", "ssh", "ssh-keygen", "/usr/sbin/sshd");

/** @param listen The address at which the tunnel of a listens */
function meshOf(cluster: string, target: number, listen: string): MeshFileInput {
  return {
    cluster,
    nodes: { a: {}, b: {}, ...(cluster === "one" && { c: {} }) },
    links: [{ between: ["a", "b"] }],
    services: { steady: { node: "b", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen, as: "user/alice", service: "steady", "connect-wait": "1min", path: ["a", "b"] }],
  };
}

const fileOf = (index: number): string => join(labs[0]!.folder, `${CLUSTERS[index]}.yaml`);
const files = (): string[] => CLUSTERS.map((_, index) => fileOf(index));
const out = (): string => join(labs[0]!.folder, "rendered");

/** Writes the mesh files of both labs, without node c or with additions. */
function write(more: readonly Partial<MeshFileInput>[] = []): void {
  for (const [index, lab] of labs.entries()) {
    const mesh = meshOf(CLUSTERS[index]!, targets[index]!, lab.tunnels[0]!.listen);
    const { c: _, ...nodes } = nodesOf(lab);
    writeFileSync(fileOf(index), JSON.stringify({ ...mesh, nodes, ...more[index] }));
  }
}

async function linksOf(lab: Lab, node: string): Promise<string[]> {
  return (await lab.status(node)).clusterFlor!.links.map(({ peer, state }) => `${peer} ${state}`).toSorted();
}

beforeAll(async () => {
  if (!isHere) return;
  for (const cluster of CLUSTERS) {
    targets.push(await freePort());
    const mesh = meshOf(cluster, targets.at(-1)!, "tcp://127.0.0.1:0");
    labs.push(await openLab(mesh, labs.length === 0 ? {} : { beside: labs[0]! }));
  }
  write();
  expect(await flor("mesh", "render", ...files(), "--out", out())).toMatchObject({ code: 0 });
  for (const [index, lab] of labs.entries())
    for (const node of ["a", "b"]) bringConfigs(lab, node, join(out(), node), `cluster-flor-${CLUSTERS[index]}.yaml`);
  const nodes: NodeCommands = {
    programs: { "link-flor": executable("link-flor"), "cluster-flor": executable("cluster-flor") },
    configs: Object.fromEntries(
      ["a", "b", "c"].map((node) => [
        node,
        Object.fromEntries(
          labs.flatMap((lab) => (lab.nodeNames.includes(node) ? Object.entries(configPlaces(lab, node)) : [])),
        ),
      ]),
    ),
    deaf: [],
  };
  writeFileSync(join(labs[0]!.folder, "nodes.json"), JSON.stringify(nodes));
  for (const node of ["a", "b"]) {
    labs[0]!.start(node, "link-flor");
    for (const lab of labs) lab.start(node, "cluster-flor");
  }
  await vi.waitFor(async () => {
    for (const lab of labs) expect(await linksOf(lab, "a")).toEqual(["b up"]);
  }, PATIENCE);
  ssh = await startNodeShells(labs[0]!, join(labs[0]!.folder, "nodes.json"));
  for (const [index, lab] of labs.entries()) {
    await SteadyService.start(lab, "b", targets[index]!);
    workloads.push(await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port), ["p", "n"]));
  }
});

afterAll(async () => {
  for (const workload of workloads) workload[Symbol.dispose]();
  await labs[0]?.down();
});

describe.skipIf(!isHere)("flor mesh apply with two clusters, over ssh", () => {
  test("changes both and the link-flor that they have in common, waits for a new node, and cuts no stream", async () => {
    const [one, two] = labs as [Lab, Lab];
    const port = await freePort();
    const moved = nodesOf(two);
    write([
      { nodes: nodesOf(one), links: [{ between: ["a", "b"] }, { between: ["c", "b"] }] },
      // The originator gets the new address after the acceptor.
      { nodes: { ...moved, b: { ...moved["b"], port } } },
    ]);
    const command = [...florCommand(), "mesh", "apply", ...files(), "--out", out(), "--via", `${ssh} {node}`];
    const applying = runToEnd(command, APPLY_TIMEOUT_MS);
    const place = join(out(), ".new/one/c");
    await expect.poll(() => existsSync(join(place, "cluster-flor.yaml")), PATIENCE).toBe(true);
    bringConfigs(one, "c", place);
    for (const program of ["link-flor", "cluster-flor"] as const) one.start("c", program);
    const answer = await applying;
    expect(answer).toMatchObject({ code: 0, stderr: "" });
    expect(answer.stdout).toMatch(/1\. b {2}link-flor {2}change {2}taken, and confirmed/);
    expect(answer.stdout).toMatch(/c {2}cluster-flor {2}start {2}taken, and confirmed/);
    expect(readFileSync(one.configFile("b", "link-flor"), "utf8")).toContain(`:${port}`);
    expect(readFileSync(two.configFile("a", "cluster-flor"), "utf8")).toContain(`:${port}`);
    expect(await linksOf(one, "b")).toEqual(["a up", "c up"]);
    expect(await linksOf(two, "b")).toEqual(["a up"]);
    const end = now();
    for (const workload of workloads) await workload.untilProgress(end);
  }, 240_000);
});
