/*
 *   a ───── b      two tunnels to one service, one of class interactive and one of class bulk; cluster-flor of b may have few file descriptors
 */
import { connect, type Socket } from "node:net";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { executable } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { expectLog } from "../src/log-entries.ts";
import { readMetrics } from "../src/metrics-text.ts";
import { PATIENCE } from "../src/patience.ts";
import { curl, startFileServer } from "../src/services.ts";

/** The limit of file descriptors: connections of workloads may use all but 64 of them. */
const FILES = 256;
const OPEN = Math.ceil(0.75 * (FILES - 64));
/** How long b says that it is loaded after its load has gone. */
const HOLD_MS = 10_000;

interface Told {
  readonly pressure: { readonly level: string; readonly reasons: readonly string[]; readonly action: string };
  readonly connections: readonly { readonly class: string; readonly peerPressure: string | null }[];
}

let lab: Lab;
const held: Socket[] = [];

beforeAll(async () => {
  const port = await freePort();
  const tunnel = { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] };
  const limited = `test "$FLORENETES_NODE" != b || ulimit -n ${FILES}; exec "$0" "$@"`;
  lab = await openLab(
    {
      cluster: "pressure",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { files: { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [
        { ...tunnel, class: "interactive" },
        { ...tunnel, class: "bulk" },
      ],
    },
    { clusterVertex: ["sh", "-ec", limited, ...executable("cluster-flor")] },
  );
  await lab.up();
  await startFileServer(lab, "b", port, "it is here");
});
afterAll(async () => {
  for (const socket of held) socket.destroy();
  await lab?.down();
});

const told = async (node: string): Promise<Told> => (await lab.status(node)).clusterFlor as unknown as Told;
const portOf = (index: number): number => Number(new URL(lab.tunnels[index]!.listen).port);

/** How long a workload of that tunnel waits for an answer, which it gets. */
async function answerMs(index: number): Promise<number> {
  const since = performance.now();
  expect(await curl(lab, "a", `http://127.0.0.1:${portOf(index)}/who`)).toBe("it is here");
  return performance.now() - since;
}

test(
  "a vertex whose file descriptors run short says so, and bulk to it waits a moment",
  { timeout: 180_000 },
  async () => {
    await expect
      .poll(async () => (await told("b")).pressure, PATIENCE)
      .toMatchObject({ level: "nominal", action: "none" });
    for (let count = 0; count < OPEN; count++) {
      const socket = connect(portOf(0), "127.0.0.1");
      socket.on("error", () => {});
      held.push(socket);
    }
    const expected = { level: "warning", reasons: expect.arrayContaining(["files"]), action: "slow-bulk" };
    await expect.poll(async () => (await told("b")).pressure, PATIENCE).toMatchObject(expected);
    await expectLog(lab, "b", "cluster-flor").toMatch(/"code":"PRESSURE_CHANGED".*"to":"warning".*"files"/);
    const metrics = await readMetrics(lab, "b", "cluster-flor");
    expect(metrics.get("florenetes_pressure_level")!.samples[0]!.value).toBeGreaterThanOrEqual(1);

    // A path whose size was found late has one more connection for a moment.
    const heard = async (): Promise<unknown> => {
      const levels = (await told("a")).connections.map(({ peerPressure }) => peerPressure ?? "nominal");
      return [...new Set(levels)];
    };
    await expect.poll(heard, PATIENCE).toEqual(["warning"]);
    expect(await answerMs(1), "bulk").toBeGreaterThanOrEqual(250);
    await answerMs(0);

    const since = performance.now();
    for (const socket of held.splice(0)) socket.destroy();
    await expect.poll(heard, PATIENCE).toEqual(["nominal"]);
    expect(performance.now() - since).toBeGreaterThanOrEqual(HOLD_MS - 2_000);
    await expect
      .poll(async () => (await told("b")).pressure, PATIENCE)
      .toMatchObject({ level: "nominal", reasons: [] });
    await answerMs(1);
  },
);
