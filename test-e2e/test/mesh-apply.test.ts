/*
 *   a ───── b ───── c ───── d        workloads of a use a service on d without rest, over a path that is written in their tunnel, while the
 *    ╲_____________╱  (a ── c)       nodes take the configs of other meshes
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bringConfigs, configPlaces, type Lab, type NodeCommands, nodesOf, onNode, openLab } from "@florenetes/meshlab";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Answer, executable, flor, florCommand, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const NODES = ["a", "b", "c", "d"];
const LINKS = [
  ["a", "b"],
  ["b", "c"],
  ["a", "c"],
  ["c", "d"],
];
const OVER_B = ["a", "b", "c", "d"];
const OVER_C = ["a", "c", "d"];

let lab: Lab;
let workload: SteadyWorkload;
let target: number;
/** A port on which another socket listens. */
let busy: number;
let folder: string;

interface Change {
  readonly path?: readonly string[];
  readonly links?: readonly (readonly string[])[];
  readonly tunnels?: readonly object[];
}

/** Writes the lab's mesh as a file, with changes. */
function write({ path = OVER_B, links = LINKS, tunnels = [] }: Change): void {
  const steady = { node: "d", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] };
  const own = {
    node: "a",
    listen: lab.tunnels[0]!.listen,
    as: "user/alice",
    service: "steady",
    "connect-wait": "1min",
    path,
  };
  const mesh = {
    cluster: lab.mesh.cluster,
    nodes: nodesOf(lab),
    links: links.map((between) => ({ between })),
    services: { steady },
    tunnels: [own, ...tunnels],
  };
  writeFileSync(join(folder, "mesh.yaml"), JSON.stringify(mesh));
}

function writeNodes(deaf: readonly string[]): void {
  const nodes: NodeCommands = {
    programs: { "link-flor": executable("link-flor"), "cluster-flor": executable("cluster-flor") },
    configs: Object.fromEntries(NODES.map((node) => [node, configPlaces(lab, node)])),
    deaf,
  };
  writeFileSync(join(folder, "nodes.json"), JSON.stringify(nodes));
}

/** The time for each step, which takes some seconds on a busy machine. */
const APPLY_TIMEOUT_MS = 200_000;

function apply(...more: readonly string[]): Promise<Answer> {
  const via = `${onNode().join(" ")} ${join(folder, "nodes.json")} {node}`;
  const { file, out } = paths();
  const command = [...florCommand(), "mesh", "apply", file, "--out", out, "--via", via, ...more];
  return runToEnd(command, APPLY_TIMEOUT_MS);
}

function paths(): { file: string; out: string } {
  return { file: join(folder, "mesh.yaml"), out: join(folder, "rendered") };
}

/** The configs that all nodes have on their disks, and run. */
async function configs(): Promise<string[]> {
  for (const { clusterFlor } of (await lab.statuses()).values())
    expect(clusterFlor!["config"]).toMatchObject({ fileState: "same", confirmMs: null });
  return NODES.map((node) => readFileSync(lab.configFile(node, "cluster-flor"), "utf8"));
}

beforeAll(async () => {
  target = await freePort();
  busy = await freePort();
  lab = await openLab({
    cluster: "apply",
    nodes: { a: {}, b: {}, c: {}, d: {} },
    links: LINKS.map(([one, other]) => ({ between: [one!, other!] })),
    services: { steady: { node: "d", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] } },
    tunnels: [
      {
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service: "steady",
        "connect-wait": "1min",
        path: OVER_B,
      },
    ],
  });
  folder = lab.folder;
  write({});
  writeNodes([]);
  const { file, out } = paths();
  expect(await flor("mesh", "render", file, "--out", out)).toMatchObject({ code: 0 });
  // The nodes have the labels of the mesh file from the start.
  for (const node of NODES) bringConfigs(lab, node, join(out, node));
  await lab.up();
  await SteadyService.start(lab, "d", target);
  workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port), ["p", "d", "u", "n"]);
});

afterAll(async () => {
  workload?.[Symbol.dispose]();
  await lab?.down();
});

/** Checks that no connection was cut by the test, and shows why one was, as far as the programs of its ends tell. */
afterEach(async () => {
  await workload.untilProgress(now()).catch(async ({ message }: Error) => {
    const logs = await Promise.all(["a", "d"].map((node) => lab.logs(node, "cluster-flor")));
    throw new Error([message, ...logs.map((log) => log.slice(-3_000))].join("\n\n"));
  });
  expect(workload.lost.size).toBe(0);
});

describe("flor mesh apply, while workloads talk", () => {
  test("leads a path another way and adds a link, and returns", async () => {
    const before = await configs();
    write({ path: OVER_C, links: [...LINKS, ["b", "d"]] });
    expect(await apply()).toMatchObject({ code: 0, stderr: "" });
    const after = await configs();
    for (const [index, text] of after.entries()) expect(text).not.toBe(before[index]);
    const links = (await lab.status("b")).clusterFlor!.links.map(({ peer, state }) => `${peer} ${state}`);
    expect(links.toSorted()).toEqual(["a up", "c up", "d up"]);
    expect(await apply()).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing changes") as unknown });
    expect(await apply("--back")).toMatchObject({ code: 0, stderr: "" });
    expect(await configs()).toEqual(before);
  }, 240_000);

  test("gives all nodes other labels", async () => {
    const before = await configs();
    write({});
    rmSync(`${paths().file}.lock`);
    expect(await apply()).toMatchObject({ code: 0, stderr: "" });
    const labelsOf = (text: string): string[] => [...text.matchAll(/label: (\d+)/g)].map(([, label]) => label!);
    const [former, labels] = [before.flatMap(labelsOf), (await configs()).flatMap(labelsOf)];
    expect(labels).toHaveLength(former.length);
    expect(labels.filter((label) => former.includes(label))).toEqual([]);
  }, 240_000);

  test("stops at a node that is not whole, which is back at once, and goes on when that is mended", async () => {
    const before = await configs();
    const taken = lab.spawn("a", ["python3", "-m", "http.server", "--bind", "127.0.0.1", String(busy)]);
    const listens = async (): Promise<number | null> =>
      (await lab.exec("a", ["curl", "--silent", `http://127.0.0.1:${busy}/`])).code;
    await expect.poll(listens, PATIENCE).toBe(0);
    const extra = {
      node: "a",
      listen: `tcp://127.0.0.1:${busy}`,
      as: "user/alice",
      service: "steady",
      "connect-wait": "1min",
      path: OVER_C,
    };
    write({ tunnels: [extra] });
    const { code, stderr } = await apply("--whole-within", "5s");
    expect(code).toBe(1);
    expect(stderr).toMatch(/a {2}cluster-flor .* is not whole with its new config, and is back at the former one/);
    expect(stderr).toContain("ERR_TUNNEL_ADDRESS_IN_USE");
    expect((await configs())[0]).toBe(before[0]);
    write({});
    expect(await apply("--back")).toMatchObject({ code: 0 });
    expect(await configs()).toEqual(before);
    taken.kill("SIGKILL");
  }, 240_000);

  test("leaves a node that cannot be reached any more to itself, which goes back in time", async () => {
    const before = await configs();
    write({ path: OVER_C });
    writeNodes(["a"]);
    const { code, stderr } = await apply("--confirm-within", "40s", "--whole-within", "30s");
    expect(code).toBe(1);
    expect(stderr).toMatch(/a {2}cluster-flor .* is not confirmed, and goes back by itself within 40s/);
    const waits = async (): Promise<unknown> => (await lab.status("a")).clusterFlor!["config"];
    await expect.poll(waits, PATIENCE).toMatchObject({ fileState: "same", confirmMs: null });
    writeNodes([]);
    expect(await apply()).toMatchObject({ code: 0, stderr: "" });
    expect(await configs()).not.toEqual(before);
  }, 240_000);
});
