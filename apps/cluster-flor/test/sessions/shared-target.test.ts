/** Principals share a workload that serves over a data session: none can take what another one needs, whatever it does. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SessionTarget } from "../../src/sessions/session-target.ts";
import { Code } from "../../src/transport/codes.ts";
import type { TransportLimits } from "../../src/transport/limits.ts";
import { MemoryBudget } from "../../src/transport/streams/memory-budget.ts";
import { HostileOriginator, open } from "../transport/mesh/hostile-originator.ts";
import { issue } from "../transport/mesh/identities.ts";
import { type Pair, pair } from "../transport/mesh/mesh.ts";
import { OwnTalker, clientsOf, ownAccounts } from "../transport/mesh/own-workloads.ts";
import { every } from "../transport/worlds/world.ts";
import { VirtualWorld } from "../transport/worlds/virtual-world.ts";
import { TestWorkload, serveEcho } from "./workload.ts";

const PORT = 7_200;
const mallory = issue("user/mallory");
const allow = ["user/alice", "user/mallory"];

const lowLimits = { failedStreamsBurst: 50, failedStreamsPerSecond: 1 };

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

interface Shared extends Pair {
  readonly workloads: TestWorkload[];
  /** A connection of mallory's. */
  connect(): Promise<HostileOriginator>;
}

/** A workload that takes this many streams, behind a service that two users may use: alice, who behaves, and mallory. */
async function share(
  streams: number,
  serve: (workload: TestWorkload) => void = serveEcho,
  limits: Partial<TransportLimits> = {},
): Promise<Shared> {
  const { local, ...time } = world.drivers();
  const budget = new MemoryBudget(1_000_000_000);
  const at = { kind: "session", path: `/run/${PORT}` } as const;
  const target = new SessionTarget(
    { time, local, budget, vertex: "b", pressure: undefined, onTargetGone: () => {} },
    { service: "web", path: at.path, dialMs: 10_000 },
  );
  const workloads: TestWorkload[] = [];
  await world.listen(PORT, (socket) => {
    const workload = new TestWorkload(world, socket, { limits: { streams } });
    workloads.push(workload);
    serve(workload);
  });
  world.add(target);
  const services = [{ name: "web", label: 900, target: at, allow }];
  const mesh = await pair(world, at, { b: { services, ownService: target, limits } });
  const connect = async (): Promise<HostileOriginator> => {
    const attacker = new HostileOriginator(world, mesh.link, mesh.b, mallory);
    await attacker.greet();
    return attacker;
  };
  return { ...mesh, workloads, connect };
}

function talk({ a }: Pair): OwnTalker {
  let talker: OwnTalker | undefined;
  clientsOf(a).openOwn(ownAccounts().streams, (stream) => (talker = new OwnTalker(stream, ["x"], false)));
  return talker!;
}

const hasAnswer = (attacker: HostileOriginator, stream: number): boolean =>
  attacker.quic.streamReceive(stream, new Uint8Array(9)) > 0;

/** Answers alice alone. */
function serveAlice(workload: TestWorkload): void {
  serveEcho(workload);
  const { onEvent } = workload;
  workload.onEvent = (event) => {
    if (event.kind !== "opened" || event.principal === "user/alice") onEvent(event);
  };
}

describe("one that opens streams and closes its connection, again and again", () => {
  test("ends nobody else's streams: the workload is told no faster than it takes for no flood", async () => {
    // Failed streams shut out no client here.
    const mesh = await share(2_048, serveAlice, { failedStreamsBurst: 1e6 });
    const honest = talk(mesh);
    await world.until(() => honest.heard.includes("answered"));
    for (let cycle = 0; cycle < 2; cycle++) {
      const attacker = await mesh.connect();
      await attacker.openAll(1_900, open);
      await world.sleep(200);
      attacker.quic.close(0, "");
      attacker.turn();
      const late = talk(mesh);
      await world.until(() => late.heard.includes("answered"), 1_000);
    }
    await world.sleep(10_000);
    const [workload] = mesh.workloads;
    expect(workload!.of("opened").length).toBeGreaterThan(2_000);
    expect(workload!.has("closed")).toBe(false);
    expect(honest.reset).toBeUndefined();
    expect(workload!.session.streamCount).toBe(3);
  });

  test("has lost those streams by its own doing, and is shut out for a while", async () => {
    const mesh = await share(2_048, serveAlice, lowLimits);
    const other = await mesh.connect();
    const attacker = await mesh.connect();
    attacker.openStreams(100, open);
    await world.until(() => mesh.workloads[0]?.of("opened").length === 100);
    attacker.quic.close(0, "");
    attacker.turn();
    await world.until(() => other.closed !== undefined);
    const next = await mesh.connect();
    await world.until(() => next.closed !== undefined);
    for (const { closed } of [other, next]) expect(closed).toMatchObject({ code: Code.tooManyStreams });
    const honest = talk(mesh);
    await world.until(() => honest.heard.includes("answered"));
  });

  test.each([
    ["closes them", 0],
    ["breaks a rule on them", 1],
  ])("and %s when they have lasted may come again", async (_how, way) => {
    const mesh = await share(2_048, serveEcho, { ...lowLimits, openMs: 100 });
    const attacker = await mesh.connect();
    const streams = attacker.openStreams(100, open);
    await world.until(() => streams.every((stream) => hasAnswer(attacker, stream)));
    await world.sleep(200);
    if (way === 0) attacker.quic.close(0, "");
    else attacker.say(0, new Uint8Array(0), true);
    attacker.turn();
    const next = await mesh.connect();
    const [stream] = next.openStreams(1, open);
    await world.until(() => hasAnswer(next, stream!));
  });
});

describe("the places at a workload", () => {
  test("are all for one who is alone, and half of them when another one comes", async () => {
    const mesh = await share(64);
    const attacker = await mesh.connect();
    const streams = attacker.openStreams(80, open);
    const answered = new Set<number>();
    await world.until(() => {
      for (const stream of streams) if (hasAnswer(attacker, stream)) answered.add(stream);
      return answered.size === 64;
    });
    const [workload] = mesh.workloads;
    const open36 = Array.from({ length: 36 }, () => talk(mesh));
    await world.until(() => open36.every(({ heard, reset }) => heard.includes("answered") || reset !== undefined));
    expect(open36.filter(({ reset }) => reset === undefined)).toHaveLength(32);
    expect(open36.find(({ reset }) => reset !== undefined)!.reset).toMatchObject({ code: Code.overBudget });
    await world.until(() => workload!.of("reset").length === 32);
    const closed = new Set(workload!.of("reset").map(({ stream }) => stream));
    const lastOfMallory = workload!
      .of("opened")
      .filter(({ principal }) => principal === "user/mallory")
      .slice(-32);
    expect(new Set(lastOfMallory.map(({ stream }) => stream))).toEqual(closed);
    expect(workload!.of("reset").every(({ code }) => code === Code.overBudget)).toBe(true);
    expect(workload!.session.streamCount).toBe(64);
  });

  test("that nobody was answered at are another one's as soon as the workload has heard it", async () => {
    const mesh = await share(2_048, serveAlice, { failedStreamsBurst: 1e6 });
    const attacker = await mesh.connect();
    const stop = every(world, 50, () => void attacker.openStreams(100, open));
    await world.until(() => mesh.workloads[0]?.session.streamCount === 2_048);
    const honest = Array.from({ length: 36 }, () => talk(mesh));
    await world.until(() => honest.every(({ heard }) => heard.includes("answered")), 2_000);
    stop();
    expect(mesh.workloads[0]!.has("closed")).toBe(false);
  });
});
