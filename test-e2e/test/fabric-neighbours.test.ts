/*
 *   b ───── a ───── c     the test is c's agent, and means harm to a's; a workload on a uses a service on c meanwhile
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkloadStream } from "@florenetes/data-session/workload";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { freePort } from "../src/free-port.ts";
import { flood, haveNothing, hello, HostileFeed, letter, records } from "../src/hostile-feed.ts";
import { PATIENCE } from "../src/patience.ts";

interface Status {
  readonly neighbours: readonly { readonly peer: string; readonly state: string; readonly isServed: boolean }[];
  readonly findings: readonly { readonly text: string }[];
  readonly mail: { readonly refused: Readonly<Record<string, number>> };
}

/** How long a neighbour is watched that is not muted for what it does. */
const WATCHED_MS = 5_000;
/** Twice what the agent may be sent at once, and the heap that it grows by before its garbage is collected. */
const GROWTH_MAX = 96 * 1_048_576;
/** Seconds of CPU at once, for the first signatures of a neighbour, and the share of a core in the long run, also while the machine does much else. */
const CPU_BURST_MAX = 0.5;
const CPU_SHARE_MAX = 0.25;

let lab: Lab;
let fabric: FabricLab;
let port: number;
/** A stream to c's service that stays open. */
let held: Socket;

const status = async (): Promise<Status> => (await fabric.status("a")) as Status;
const neighbour = async (peer: string): Promise<Status["neighbours"][number] | undefined> => {
  return (await status()).neighbours.find((each) => each.peer === peer);
};

/** CPU seconds that a's agent has taken so far, and its resident memory in octets. */
function usage(): { readonly cpu: number; readonly memory: number } {
  const pid = fabric.pidOf("a")!;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(kilobytes) * 1_024 };
}

/** Has a's agent read at a neighbour of that conduct, and watches what it costs until `isOver`. */
async function watch(conduct: (stream: WorkloadStream) => void, isOver: () => Promise<void>): Promise<HostileFeed> {
  const feed = await HostileFeed.listen(join(dirname(fabric.controlOf("c")), "fabric-agent.sock"), conduct);
  const before = usage();
  const began = performance.now();
  await expect.poll(() => feed.opened, PATIENCE).toBeGreaterThan(0);
  await isOver();
  const after = usage();
  const seconds = (performance.now() - began) / 1_000;
  expect(after.memory - before.memory).toBeLessThan(GROWTH_MAX);
  expect(after.cpu - before.cpu).toBeLessThan(CPU_BURST_MAX + seconds * CPU_SHARE_MAX);
  expect(await say(held)).toBe("hello");
  expect(await neighbour("b")).toMatchObject({ state: "reading", isServed: true });
  const links = (await lab.status("a")).clusterFlor!.links;
  expect(links.map(({ state }) => state)).toEqual(["up", "up"]);
  return feed;
}

/** Waits until a's status tells of the neighbour. */
async function untilTold(text: RegExp): Promise<void> {
  const texts = async (): Promise<readonly string[]> => (await status()).findings.map((finding) => finding.text);
  await expect.poll(texts, PATIENCE).toContainEqual(expect.stringMatching(text));
}
const untilMuted = (): Promise<void> => untilTold(/^the agent of c is muted \(.+\)/);

beforeAll(async () => {
  port = await freePort();
  lab = await openLab({
    cluster: "harm",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets: { c: "self:echo" } } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
  });
  await lab.up();
  await fabric.up();
  await fabric.publish("a", [fabric.signService("web", ["c"])]);
});
/** Each neighbour is a new one: what a's agent has against the former is gone with it. */
beforeEach(async () => {
  if (held === undefined) {
    await expect.poll(() => ask(), PATIENCE).toBe("hello");
    held = dial();
    await fabric.kill("c");
  }
  await fabric.kill("a");
  fabric.start("a");
  await fabric.untilReady("a");
  await expect.poll(() => neighbour("b"), PATIENCE).toMatchObject({ state: "reading", isServed: true });
});
afterAll(async () => {
  held?.destroy();
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

const dial = (): Socket => connect(port, "127.0.0.1").on("error", () => undefined);
const ask = async (): Promise<string> => {
  const socket = dial();
  const heard = await say(socket);
  socket.destroy();
  return heard;
};

test("one that offers 100,000 ids and has none is muted", async () => {
  const conduct = (stream: WorkloadStream): void => {
    stream.write(hello("c"));
    let sent = 0;
    const more = (): void => void (++sent <= 391 && stream.write(haveNothing(sent, 256)));
    // A WANT has 5 octets of header and 2 of a count, and an id has 32.
    let begun = 0;
    stream.on("data", (bytes: Buffer) => {
      begun += bytes.length;
      if (begun < 8_000) return;
      begun = 0;
      stream.write(records(256, []));
      more();
    });
    for (let open = 0; open < 4; open++) more();
  };
  await using _feed = await watch(conduct, untilMuted);
});

test("one that never reads, and floods with offers, costs little", async () => {
  let sequence = 0;
  const conduct = (stream: WorkloadStream): void => {
    stream.pause();
    stream.write(hello("c"));
    flood(stream, () => haveNothing(++sequence, 256));
  };
  await using _feed = await watch(conduct, () => sleep(WATCHED_MS));
});

test("one that sends garbage is read no more, and asked again ever later", async () => {
  const conduct = (stream: WorkloadStream): void => {
    stream.resume();
    stream.write(hello("c"));
    flood(stream, () => randomBytes(65_536));
  };
  await using _feed = await watch(conduct, () => untilTold(/^the agent of c cannot be read \(.+\)/));
});

test("one that sends octets that are no records is muted", async () => {
  const conduct = (stream: WorkloadStream): void => {
    stream.resume();
    stream.write(hello("c"));
    flood(stream, () => records(0, [randomBytes(300)]));
  };
  await using _feed = await watch(conduct, untilMuted);
});

test("one that sends valid records of no use for as long as it can costs little", async () => {
  const useless = Array.from({ length: 128 }, (_, n) => fabric.signService(`useless-${n}`, ["c"]));
  let at = 0;
  const conduct = (stream: WorkloadStream): void => {
    stream.resume();
    stream.write(hello("c"));
    flood(stream, () => records(0, [useless[at++ % useless.length]!]));
  };
  await using _feed = await watch(conduct, () => sleep(WATCHED_MS));
});

test("one that floods with letters for a control node, which has to open them, costs little", async () => {
  await fabric.publish("a", [fabric.sign("role", "a/control-plane/default", { actions: [], services: [], depth: 0 })]);
  const conduct = (stream: WorkloadStream): void => {
    stream.resume();
    stream.write(hello("c"));
    flood(stream, () => letter("a"));
  };
  const refused = async (): Promise<number> => (await status()).mail.refused["sealed"] ?? 0;
  await using _feed = await watch(conduct, async () => {
    await expect.poll(refused, PATIENCE).toBeGreaterThan(100);
    await sleep(WATCHED_MS);
  });
});
