/*
 *   a ───── b      a link of 16 Mbit/s
 *   alice, dave   service     more streams than one end-to-end connection takes: each gets a second one
 *   bob, carol                few streams, on one connection
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CrowdResult, HOST, runProgram, shrinkSocketBuffers, startWorkload } from "../src/crowd-mesh.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";

/** Streams of workloads that an acceptor takes on one connection: the control stream is the last of 16,384. */
const STREAMS_MAX = 16_383;
const BEYOND = 200;
/** Connections that read without end, and as many that write, of each end-to-end connection. */
const BULK = 4;
const USERS = ["alice", "bob", "carol", "dave"] as const;
const PORTS = { alice: 18_001, bob: 18_002, carol: 18_003, dave: 18_004 };
/** The places in a link's queue, by the last byte of the ConnectionId. */
const PLACES = 16;

interface Row {
  readonly id: string;
  readonly streamsOpen: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

const WAYS = ["bytesSent", "bytesReceived"] as const;
const bytesOf = (rows: readonly Row[], way: (typeof WAYS)[number]): number =>
  rows.reduce((sum, row) => sum + row[way], 0);
const placeOf = ({ id }: Row): number => Number.parseInt(id.slice(-2), 16) % PLACES;

/** Spans of bytes over which shares are measured, until they are fair. */
const SPANS = 3;
/** In places of their own, two connections were measured to have 69 % and more beside one. */
const isFair = (share: number): boolean => share > 0.4 && share < 0.6;

describe.skipIf(!isRoot)("more streams than one end-to-end connection takes", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "used-up",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"], rate: "16 Mbit/s" }],
        services: { many: { node: "b", target: `tcp://${HOST}:7000`, allow: USERS.map((user) => `user/${user}`) } },
        tunnels: USERS.map((user) => {
          const listen = `tcp://${HOST}:${PORTS[user]}`;
          return { node: "a", listen, as: `user/${user}`, service: "many", path: ["a", "b"] };
        }),
      },
      { mode: "netns" },
    );
    for (const node of ["a", "b"]) await shrinkSocketBuffers(lab, node);
    await lab.up();
    await startWorkload(lab, "b", "service.ts", HOST, 7_000);
  });
  afterAll(async () => lab?.down());

  async function rowsOf(principal: string): Promise<Row[]> {
    const [onA, onB] = await Promise.all([lab.status("a"), lab.status("b")]);
    const ids = new Set(
      onB.clusterFlor!.connections.filter(({ peer }) => peer === `user/${principal}`).map(({ id }) => id),
    );
    return onA.clusterFlor!.connections.filter(({ id }) => ids.has(id));
  }

  test("are all answered, and none is refused", async () => {
    const count = STREAMS_MAX + BEYOND;
    const result = await runProgram<CrowdResult>(lab, "crowd.ts", HOST, PORTS.dave, count, count, 256, "together");
    expect(result).toMatchObject({ done: count, failed: 0, openMax: count });
    const { tunnels } = (await lab.status("a")).clusterFlor!;
    expect(tunnels.find(({ listen }) => listen.endsWith(String(PORTS.dave)))).toMatchObject({
      connections: { total: count, refused: {}, cut: {} },
      connectionsBeside: 1,
      streamsUsedUp: expect.any(Number),
    });
    await expect
      .poll(async () => (await rowsOf("dave")).map(({ streamsOpen }) => streamsOpen), PATIENCE)
      .toEqual([0, 0]);
  });

  test("have no larger share of a link than few of somebody else's", async () => {
    const started: ChildProcess[] = [];
    const start = async (program: string, ...args: (string | number)[]): Promise<void> => {
      started.push(await startWorkload(lab, "a", program, HOST, ...args));
    };
    await start("hold.ts", PORTS.alice, STREAMS_MAX - 2 * BULK, "idle");
    await start("both-ways.ts", PORTS.alice, BULK);
    await start("both-ways.ts", PORTS.alice, BULK);
    await expect
      .poll(async () => (await rowsOf("alice")).map(({ streamsOpen }) => streamsOpen), PATIENCE)
      .toEqual([STREAMS_MAX, 2 * BULK]);
    const [first, second] = await rowsOf("alice");
    expect(placeOf(first!)).toBe(placeOf(second!));
    // Connections of others have random places.
    const others = await Promise.all(
      (["bob", "carol"] as const).map(async (user) => ({ user, row: (await rowsOf(user))[0]! })),
    );
    const other = others.find(({ row }) => placeOf(row) !== placeOf(first!));
    expect(other, "two of three random places are hardly ever the third").toBeDefined();
    await start("both-ways.ts", PORTS[other!.user], BULK);
    const rows = async () => ({ alice: await rowsOf("alice"), other: await rowsOf(other!.user) });
    const passed = async (since: Awaited<ReturnType<typeof rows>>) => {
      const now = await rows();
      return WAYS.map((way) => {
        const alice = bytesOf(now.alice, way) - bytesOf(since.alice, way);
        const all = alice + bytesOf(now.other, way) - bytesOf(since.other, way);
        return { all, share: alice / all };
      });
    };
    const untilPassed = async (since: Awaited<ReturnType<typeof rows>>, bytes: number): Promise<void> => {
      const least = async () => Math.min(...(await passed(since)).map(({ all }) => all));
      await expect.poll(least, { ...PATIENCE, interval: 500 }).toBeGreaterThan(bytes);
    };
    // The connection that has begun last looks for its rate at first.
    await untilPassed(await rows(), 10_000_000);
    // Each has a window of its own, so that on a machine with other work they have more for a while: one quiet span shows the rule.
    let shares: readonly number[] = [];
    for (let at = 0; at < SPANS && (at === 0 || !shares.every(isFair)); at++) {
      const before = await rows();
      await untilPassed(before, 30_000_000);
      shares = (await passed(before)).map(({ share }) => share);
    }
    expect(shares.filter((share) => !isFair(share))).toEqual([]);
    for (const row of await rowsOf("alice")) expect(row.bytesReceived).toBeGreaterThan(1_000_000);
    for (const child of started) {
      child.stdin!.end();
      if (child.exitCode === null) await once(child, "exit");
    }
  });
});
