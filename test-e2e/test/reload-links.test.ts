/*
 *   a ══════ b ══════ c        two clusters on the same three nodes, with one link-flor on each: b's takes other configs while workloads of
 *                              both clusters run through it
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import type { ReloadOutcome } from "@florenetes/process-kit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { executable, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

let one: Lab;
let two: Lab;
let mine: SteadyWorkload;
let other: SteadyWorkload;
let good: string;
const file = (): string => one.configFile("b", "link-flor");

beforeAll(async () => {
  const ports = [await freePort(), await freePort()];
  const [mesh, beside] = ["one", "two"].map((cluster, index) => ({
    cluster,
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["c", "b"] }],
    services: { steady: { node: "c", target: `tcp://127.0.0.1:${ports[index]}`, allow: ["user/alice"] } },
    tunnels: [
      {
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service: "steady",
        "connect-wait": "1min",
        path: ["a", "b", "c"],
      },
    ],
  }));
  one = await openLab(mesh!);
  two = await openLab(beside!, { beside: one });
  await Promise.all([one, two].map((lab) => lab.up()));
  await Promise.all([one, two].map((lab, index) => SteadyService.start(lab, "c", ports[index]!)));
  const start = (lab: Lab): Promise<SteadyWorkload> =>
    SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
  [mine, other] = [await start(one), await start(two)];
  good = readFileSync(file(), "utf8");
});
afterAll(async () => {
  for (const workload of [mine, other]) workload?.[Symbol.dispose]();
  await one?.down();
});
/** Checks that no workload of either cluster has lost a connection, and that all go on. */
afterEach(async () => {
  for (const workload of [mine, other]) {
    await workload.untilProgress(now());
    expect(workload.lost.size).toBe(0);
  }
});

async function reload(text: string, ...more: string[]): Promise<ReloadOutcome & { code: number | null }> {
  writeFileSync(file(), text);
  const argv = [...executable("link-flor"), "reload", "--config", file(), "--json", ...more];
  const { code, stdout } = await runToEnd(argv);
  return { code, ...(JSON.parse(stdout) as ReloadOutcome) };
}

/** The session that carries each link of cluster one at b; a link keeps its session as long as nothing is done to it. */
async function sessions(): Promise<readonly (readonly [peer: string, state: string, handle: number])[]> {
  const { clusters } = (await one.status("b")).linkFlor!;
  const { links } = clusters.find(({ cluster }) => cluster === "one")! as unknown as {
    links: readonly { peer: string; state: string; handle: number }[];
  };
  return links.map(({ peer, state, handle }) => [peer, state, handle]);
}

/** Waits until each link has a new session. */
async function untilRenewed(before: Awaited<ReturnType<typeof sessions>>): Promise<void> {
  const areNew = async (): Promise<boolean> => {
    const found = await sessions();
    return found.every(([, state, handle], index) => state === "up" && handle !== before[index]![2]);
  };
  await expect.poll(areNew, PATIENCE).toBe(true);
}

/** The section of cluster two, changed. */
function withTwo(change: (section: string) => string): string {
  const found = /^ {2}"?two"?:.*\n(?: {4}.*\n)*/m.exec(good)![0];
  return good.replace(found, change(found));
}

describe("link-flor of the node in the middle", () => {
  test("lets one cluster go and takes it again, and the other one does not notice", async () => {
    const before = await sessions();
    const without = withTwo(() => "");
    const removed = { code: 0, ok: true, changes: [{ kind: "cluster", name: "two", change: "removed" }], down: [] };
    expect(await reload(without, "--dry-run")).toMatchObject(removed);
    expect((await two.status("b")).linkFlor!.clusters).toHaveLength(2);
    expect(await reload(without)).toMatchObject(removed);
    expect((await two.status("b")).linkFlor!.clusters).toHaveLength(1);
    expect(await reload(good)).toMatchObject({ code: 0, changes: [{ name: "two", change: "added" }] });
    await other.untilProgress(now());
    expect(await sessions()).toEqual(before);
  });

  test("renews the links of a cluster by other settings, without losing any", async () => {
    const before = await sessions();
    const downs = async (): Promise<number> => (await one.logs("b", "link-flor")).split("LINK_DOWN").length;
    const downsBefore = await downs();
    const changed = {
      changes: [
        { name: "one", change: "changed" },
        { name: "two", change: "changed" },
      ],
    };
    expect(await reload(`dead-after: 3s\n${good}`)).toMatchObject({ code: 0, ...changed });
    await untilRenewed(before);
    const between = await sessions();
    expect(await reload(good)).toMatchObject({ code: 0, ...changed });
    await untilRenewed(between);
    await mine.untilProgress(now());
    expect(await downs()).toBe(downsBefore);
  });

  test("cannot serve a cluster, says so, and serves it once it can", async () => {
    const before = await sessions();
    const outcome = await reload(withTwo((section) => section.replace(/identity: [^,\n]*/, "identity: /nowhere")));
    const down = [{ what: "cluster two", code: "ERR_IDENTITY_FILE_MISSING" }];
    expect(outcome).toMatchObject({ code: 1, ok: false, changes: [{ name: "two" }], down });
    expect(await reload(good)).toMatchObject({ code: 0, ok: true, down: [] });
    await other.untilProgress(now());
    expect(await sessions()).toEqual(before);
  });

  test("refuses a text that is not in order, at the signal, too", async () => {
    const before = await sessions();
    writeFileSync(file(), `${good}clusters: {}\n`);
    await one.kill("b", "link-flor", "SIGHUP");
    const log = (): Promise<string> => one.logs("b", "link-flor");
    await expect.poll(log, PATIENCE).toMatch(/"code":"CONFIG_REFUSED".*"reason":"ERR_CONFIG_DUPLICATE_KEY"/);
    expect(await reload(good)).toMatchObject({ code: 0, changes: [] });
    expect(await sessions()).toEqual(before);
  });
});
