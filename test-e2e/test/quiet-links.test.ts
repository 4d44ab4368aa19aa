/*
 *   a ══════ b      a link that is quiet for 5 s; a workload of a has a connection to a service on b, and says nothing
 */
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EchoMesh, say } from "../src/echo-mesh.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";

const QUIET_MS = 5_000;
const DEAD_AFTER_MS = 1_000;
/** A busy machine is late by so much. */
const SLACK_MS = 1_500;
const OFTEN = { timeout: 3 * QUIET_MS, interval: 50 };

interface LinkSeen {
  readonly state: string;
  readonly quietMs: number;
  /** Null while the link is down. */
  readonly lastHeardMs: number | null;
  /** Datagrams that the socket has sent and received. */
  readonly datagrams: number;
}

let mesh: EchoMesh;
let socket: Socket;

beforeAll(async () => {
  mesh = await EchoMesh.open("quiet", { users: ["alice"], linkFlor: { quiet: QUIET_MS, "dead-after": DEAD_AFTER_MS } });
  await mesh.lab.up();
  socket = mesh.dial("alice");
  expect(await say(socket)).toBe("hello");
});
afterAll(async () => {
  socket?.destroy();
  await mesh?.close();
});

async function linkOf(node: string): Promise<LinkSeen> {
  const { clusters } = (await mesh.lab.status(node)).linkFlor! as unknown as {
    readonly clusters: readonly { readonly links: readonly LinkSeen[]; readonly udp: Record<string, number> }[];
  };
  const { links, udp } = clusters[0]!;
  return { ...links[0]!, datagrams: udp["sent"]! + udp["received"]! };
}

const silence = async (node: string): Promise<number> => (await linkOf(node)).lastHeardMs ?? NaN;
const stateOf = async (node: string): Promise<string> => (await linkOf(node)).state;

test("both ends have agreed, and say nothing for most of the time", async () => {
  expect([(await linkOf("a")).quietMs, (await linkOf("b")).quietMs]).toEqual([QUIET_MS, QUIET_MS]);
  const before = await linkOf("a");
  await expect.poll(() => silence("a"), OFTEN).toBeGreaterThan(QUIET_MS - 1_000);
  await expect.poll(() => silence("a"), OFTEN).toBeLessThan(1_000);
  const after = await linkOf("a");
  expect([await stateOf("a"), await stateOf("b")]).toEqual(["up", "up"]);
  // The last words of the beginning, and the connection's question and answer. A link that is not quiet has 80, and its connection 20.
  expect(after.datagrams - before.datagrams).toBeLessThan(30);
});

test("after a pause the connection goes on as if there had been none", async () => {
  await expect.poll(() => silence("b"), OFTEN).toBeGreaterThan(QUIET_MS / 2);
  const start = now();
  expect(await say(socket)).toBe("hello");
  expect(now() - start).toBeLessThan(SLACK_MS);
});

test("a neighbour that is killed is missed within dead-after of the first packet", async () => {
  // By then everything is acknowledged, so that the neighbour owes nothing.
  await expect.poll(() => silence("a"), OFTEN).toBeGreaterThan(1_000);
  await mesh.lab.kill("b", "link-flor");
  await expect.poll(() => silence("a"), OFTEN).toBeGreaterThan(1_000 + DEAD_AFTER_MS + SLACK_MS);
  expect(await stateOf("a")).toBe("up");
  const start = now();
  socket.write("are you there?");
  await expect.poll(() => stateOf("a"), OFTEN).not.toBe("up");
  expect(now() - start).toBeLessThan(DEAD_AFTER_MS + SLACK_MS);
});

test("it is back soon, and no stream was lost", async () => {
  let answer = "";
  socket.on("data", (data) => (answer += String(data)));
  mesh.lab.start("b", "link-flor");
  await expect.poll(() => answer, PATIENCE).toBe("are you there?");
});

test("a neighbour that is killed while nobody sends is missed within the quiet and dead-after", async () => {
  const start = now();
  await mesh.lab.kill("b", "link-flor");
  await expect.poll(() => stateOf("a"), OFTEN).not.toBe("up");
  expect(now() - start).toBeLessThan(QUIET_MS + DEAD_AFTER_MS + SLACK_MS);
});
