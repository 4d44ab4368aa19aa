/*
 *   a ───── b ◀═══ strangers of all networks, on the same wire: first packets without a token, with a wrong one,
 *                  and handshakes from 128 networks that are never finished
 *
 *   Both link-flors are restarted meanwhile. The link comes back, and what strangers get is bounded.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Counts, grown, linkCounts } from "../src/counted.ts";
import { runProgram } from "../src/crowd-mesh.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { isRoot } from "../src/root.ts";

const RATE = 5_000;
const SECONDS = 8;
const NETWORKS = 128;
/** The number of answers to strangers in a second, and at once (docs/protocol/link-protocol.md, Limits for strangers). */
const ANSWERS = 2_000;
const BURST = 200;
/** A time far beyond what a link needs to come up on a busy machine, and far below that of a flood that keeps a neighbour out. */
const PATIENCE = { timeout: 15_000, interval: 20 };

const isReady = isRoot && areInstalled("bounded-strangers", "python3", "ip");

describe.skipIf(!isReady)("while strangers flood, a link comes back after a restart", () => {
  let lab: Lab;
  let at: { readonly host: string; readonly port: string };

  beforeAll(async () => {
    lab = await openLab(
      { cluster: "flood", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] },
      { mode: "netns" },
    );
    await lab.up();
    const { hostname: host, port } = new URL((await linkCounts(lab, "a")).links[0]!.peerAddress!);
    at = { host, port };
    const setUp = "for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done";
    await lab.exec("b", ["sh", "-c", setUp]);
    // A process that ends in order leaves the neighbours that it knew to its successor.
    await lab.kill("b", "link-flor", "SIGTERM");
    lab.start("b", "link-flor");
    await lab.waitUntilUp();
  });

  afterAll(() => lab?.down());

  test.each([
    ["initials", "retries"],
    ["tokens", "droppedBadToken"],
  ])("of %s", async (kind, counter) => {
    const flood = startFlood(lab, kind, at);
    await flood.begun;
    for (const node of ["b", "a"]) await restart(lab, node);
    const before = (await linkCounts(lab, "b")).udp;
    const from = now();
    await expect
      .poll(async () => grown(before, (await linkCounts(lab, "b")).udp)["droppedRate"], PATIENCE)
      .toBeGreaterThan(RATE);
    const growth = grown(before, (await linkCounts(lab, "b")).udp);
    expect(growth[counter]).toBeLessThanOrEqual(((now() - from) / 1_000) * ANSWERS + 2 * BURST);
    expect(await isUp(lab)).toBe(true);
    expect((await flood.stop())["sent"]).toBeGreaterThan(RATE);
  });

  test("of handshakes from 128 networks that are never finished", async () => {
    const hosts = Array.from({ length: NETWORKS }, (_, i) => `10.${64 + (i >> 6)}.${i & 63}.1`);
    const add = hosts.map((host) => `ip addr add ${host}/32 dev link0`).join("\n");
    expect((await lab.exec("a", ["sh", "-ec", add])).stderr).toBe("");
    expect((await lab.exec("b", ["ip", "route", "add", "10.64.0.0/15", "dev", "link0"])).stderr).toBe("");
    const identity = lab.identityFolder("a", "vertex");
    const attack = runProgram<{ readonly answered: number }>(
      lab,
      "half-open.ts",
      hosts.join(","),
      at.host,
      at.port,
      1_000,
      SECONDS,
      identity,
    );
    await expect
      .poll(async () => (await linkCounts(lab, "b")).udp["droppedNotAdmitted"], PATIENCE)
      .toBeGreaterThan(NETWORKS);
    for (const node of ["b", "a"]) await restart(lab, node);
    expect((await attack).answered).toBeGreaterThan(NETWORKS);
    expect(await isUp(lab)).toBe(true);
  });
});

/** Restarts a link-flor. Prints how long it took until the process answers, and until the link was up at both ends; no test depends on the times. */
async function restart(lab: Lab, node: string): Promise<void> {
  await lab.kill(node, "link-flor");
  lab.start(node, "link-flor");
  const from = now();
  await expect.poll(() => isAnswering(lab, node), PATIENCE).toBe(true);
  const answersAt = now();
  await expect.poll(() => isUp(lab), PATIENCE).toBe(true);
  const [starting, coming] = [answersAt - from, now() - answersAt].map(Math.round);
  process.stderr.write(
    `link-flor of ${node} restarted: answers after ${starting} ms, its link is up ${coming} ms later\n`,
  );
}

async function isAnswering(lab: Lab, node: string): Promise<boolean> {
  return linkCounts(lab, node).then(
    () => true,
    () => false,
  );
}

async function isUp(lab: Lab): Promise<boolean> {
  try {
    const rows = await Promise.all(["a", "b"].map(async (node) => (await linkCounts(lab, node)).links));
    return rows.every((links) => (links[0] as { readonly state?: string } | undefined)?.state === "up");
  } catch {
    return false;
  }
}

function startFlood(lab: Lab, kind: string, { host, port }: { readonly host: string; readonly port: string }) {
  const program = fileURLToPath(new URL("../src/attackers/stranger_flood.py", import.meta.url));
  const argv = ["python3", "-B", program, kind, host, port, String(RATE)];
  const child = lab.spawn("a", argv, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! });
  const line = async (): Promise<string> =>
    ((await once(lines, "line", { signal: AbortSignal.timeout(20_000) })) as [string])[0];
  return {
    begun: line(),
    stop: async (): Promise<Counts> => {
      child.stdin!.end();
      return JSON.parse(await line()) as Counts;
    },
  };
}
