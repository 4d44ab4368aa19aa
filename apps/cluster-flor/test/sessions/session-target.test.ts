/** A workload that serves over a data session, behind a service: a tunnel, or a vertex itself, opens the streams to it. */
import { randomBytes } from "node:crypto";
import { SessionCode, StreamKind } from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IDLE_MS } from "../../src/sessions/limits.ts";
import { SessionTarget } from "../../src/sessions/session-target.ts";
import { Code } from "../../src/transport/codes.ts";
import { MemoryBudget } from "../../src/transport/streams/memory-budget.ts";
import { type Pair, pair } from "../transport/mesh/mesh.ts";
import { OwnFlowTalker, OwnTalker, clientsOf, ownAccounts } from "../transport/mesh/own-workloads.ts";
import { Client } from "../transport/mesh/workloads.ts";
import { VirtualWorld } from "../transport/worlds/virtual-world.ts";
import { TestWorkload, type WorkloadOptions, serveEcho } from "./workload.ts";

const PORT = 7_100;
let world: VirtualWorld;
/** How often the vertex has heard that the workload has gone. */
let gone: number;
beforeEach(() => {
  world = new VirtualWorld();
  gone = 0;
});
afterEach(() => world.close());

interface Served extends Pair {
  readonly target: SessionTarget;
  /** A workload for each session that the vertex has made. */
  readonly workloads: TestWorkload[];
  readonly budget: MemoryBudget;
}

/** @param serve What each workload does; undefined: nobody listens. */
async function serveSessions(serve?: (workload: TestWorkload) => void, options?: WorkloadOptions): Promise<Served> {
  const { local, ...time } = world.drivers();
  const workloads: TestWorkload[] = [];
  const budget = new MemoryBudget(1_000_000_000);
  const target = new SessionTarget(
    { time, local, budget, vertex: "b", pressure: undefined, onTargetGone: () => void gone++ },
    { service: "web", path: `/run/${PORT}`, dialMs: 10_000 },
  );
  if (serve !== undefined) {
    await world.listen(PORT, (socket) => {
      const workload = new TestWorkload(world, socket, options);
      workloads.push(workload);
      serve(workload);
    });
  }
  world.add(target);
  const at = { kind: "session", path: `/run/${PORT}` } as const;
  const mesh = await pair(world, at, { b: { ownService: target } });
  return { ...mesh, target, workloads, budget };
}

function talk({ a }: Pair, pieces: readonly (string | Uint8Array)[] = [], isEnding = true): OwnTalker {
  let talker: OwnTalker | undefined;
  clientsOf(a).openOwn(ownAccounts().streams, (stream) => (talker = new OwnTalker(stream, pieces, isEnding)));
  return talker!;
}

describe("streams to a workload that serves", () => {
  test("share a session, say who calls, and carry bytes each way", async () => {
    const mesh = await serveSessions(serveEcho);
    const said = Array.from({ length: 20 }, () => randomBytes(50_000));
    const talkers = [talk(mesh, said), talk(mesh, ["hello"])];
    const client = new Client(world, mesh.a.port());
    client.socket.end("a tunnel's");
    await world.until(() => talkers.every((talker) => talker.hasPeerEnded), 60_000);
    expect(talkers[0]!.received.equals(Buffer.concat(said))).toBe(true);
    await client.until("a tunnel's".length);
    expect(mesh.workloads).toHaveLength(1);
    expect(mesh.target.total).toBe(1);
    expect(mesh.workloads[0]!.of("ready")).toMatchObject([{ principal: "service/web", peerName: "b" }]);
    const opened = mesh.workloads[0]!.of("opened");
    expect(opened).toHaveLength(3);
    expect(opened[0]).toMatchObject({
      service: "web",
      principal: "user/alice",
      trafficClass: TrafficClass.reliable,
      streamKind: StreamKind.bytes,
    });
    await world.until(() => mesh.budget.held === 0 && mesh.b.transport.budget.held === 0);
  });

  test("are taken when the workload says so, and its end behind them", async () => {
    let served: TestWorkload | undefined;
    const mesh = await serveSessions((workload) => {
      served = workload;
      workload.onEvent = (event) => {
        if (event.kind === "opened") workload.session.answer(event.stream);
        workload.turns.plan();
      };
    });
    const talker = talk(mesh, ["hello"]);
    await world.until(() => served?.has("readable") === true);
    await world.sleep(5_000);
    expect(talker.taken).toEqual({ offset: 0, isEnd: false });
    const { stream } = served!.of("opened")[0]!;
    expect(String(served!.read(stream))).toBe("hello");
    await world.until(() => talker.taken.isEnd);
    expect(talker.taken).toEqual({ offset: 5, isEnd: true });
    expect(served!.of("acknowledged")).toEqual([]);
    served!.say(stream, Buffer.from("answer"));
    served!.finish(stream);
    await world.until(() => served!.has("finished"));
    expect(served!.of("acknowledged").at(-1)).toMatchObject({ offset: 6, isEnd: true });
  });

  test("have their answers acknowledged when the caller has taken them", async () => {
    let served: TestWorkload | undefined;
    const mesh = await serveSessions((workload) => {
      served = workload;
      workload.onEvent = (event) => {
        if (event.kind !== "opened") return;
        workload.session.answer(event.stream);
        workload.say(event.stream, Buffer.from("answer"));
        workload.finish(event.stream);
      };
    });
    const talker = talk(mesh, ["hello"], false);
    talker.isTaking = false;
    await world.until(() => talker.received.length === 6);
    await world.sleep(5_000);
    expect(served!.of("acknowledged")).toEqual([]);
    talker.take();
    await world.until(() => served!.has("acknowledged"));
    expect(served!.of("acknowledged")).toMatchObject([{ offset: 6, isEnd: false }]);
    await world.until(() => talker.hasPeerEnded);
    talker.take();
    await world.until(() => served!.of("acknowledged").length === 2);
    expect(served!.of("acknowledged")[1]).toMatchObject({ offset: 6, isEnd: true });
    talker.stream.reset(Code.overBudget);
    await world.until(() => served!.has("reset"));
  });

  test("are refused by the workload's code, and reset at both ends", async () => {
    const mesh = await serveSessions((workload) => {
      workload.onEvent = (event) => {
        if (event.kind !== "opened") return;
        if (workload.of("opened").length === 1) workload.reset(event.stream, Code.notAllowed, "not you");
        else workload.session.answer(event.stream);
        workload.turns.plan();
      };
    });
    const refused = talk(mesh);
    await world.until(() => refused.reset !== undefined);
    expect(refused.reset).toMatchObject({ code: Code.notAllowed });
    const taken = talk(mesh, ["x"], false);
    await world.until(() => taken.heard.includes("answered"));
    const [workload] = mesh.workloads;
    const { stream } = workload!.of("opened")[1]!;
    workload!.reset(stream, SessionCode.overCredit, "a code of sessions alone");
    await world.until(() => taken.reset !== undefined);
    expect(taken.reset).toMatchObject({ code: Code.workloadReset });
    const given = talk(mesh, ["x"], false);
    await world.until(() => given.heard.includes("answered"));
    given.stream.reset(Code.stopping);
    await world.until(() => workload!.has("reset"));
    expect(workload!.of("reset")).toMatchObject([{ code: Code.stopping }]);
  });

  test("that nobody answers are given up by those who asked, and the workload hears of it", async () => {
    const mesh = await serveSessions(() => {});
    const talker = talk(mesh, ["x"], false);
    await world.until(() => mesh.workloads[0]?.has("opened") === true);
    talker.stream.reset(Code.workloadReset);
    await world.until(() => mesh.workloads[0]!.has("reset"));
    const late = talk(mesh);
    await world.until(() => late.reset !== undefined, 20_000);
    expect(late.reset!.code).toBe(Code.targetTimeout);
    await world.until(() => mesh.workloads[0]!.of("reset").length === 2);
  });

  test("fail where nobody listens, where the workload takes none, and where it is lost", async () => {
    const nobody = await serveSessions();
    const down = talk(nobody);
    await world.until(() => down.reset !== undefined);
    expect(down.reset!.code).toBe(Code.targetDown);
  });

  test("fail where the workload takes no more", async () => {
    const mesh = await serveSessions(serveEcho, { limits: { streams: 1, datagramSize: 0 } });
    const one = talk(mesh, ["x"], false);
    await world.until(() => one.received.length === 1);
    const more = talk(mesh);
    await world.until(() => more.reset !== undefined);
    expect(more.reset!.code).toBe(Code.overBudget);
  });

  test("are reset when their session is lost, and the next one gets another session", async () => {
    const mesh = await serveSessions(serveEcho);
    const [taken, asked] = [talk(mesh, ["x"], false), talk(mesh, [], false)];
    await world.until(() => taken.received.length === 1);
    mesh.workloads[0]!.socket.destroy();
    await world.until(() => taken.reset !== undefined && asked.reset !== undefined);
    expect(taken.reset!.code).toBe(Code.workloadReset);
    expect(gone).toBe(1);
    const next = talk(mesh, ["y"]);
    await world.until(() => next.hasPeerEnded);
    expect(mesh.target.total).toBe(2);
  });
});

describe("a workload that goes away", () => {
  test("ends what it has taken, and what it has not looked at is tried again", async () => {
    const mesh = await serveSessions(serveEcho);
    const taken = talk(mesh, ["x"], false);
    await world.until(() => taken.received.length === 1);
    const [first] = mesh.workloads;
    first!.session.goAway(SessionCode.stopping, "restart");
    const untaken = talk(mesh, ["y"]);
    first!.turns.plan();
    await world.until(() => untaken.hasPeerEnded);
    expect(untaken.received.toString()).toBe("y");
    expect(mesh.workloads).toHaveLength(2);
    expect(gone).toBe(1);
    taken.stream.end();
    await world.until(() => taken.hasPeerEnded);
    await world.until(() => first!.has("closed"));
    expect(mesh.workloads[1]!.has("closed")).toBe(false);
  });

  test("again and again is told to nobody twice", async () => {
    const mesh = await serveSessions((workload) => {
      workload.onEvent = ({ kind }) => {
        if (kind !== "ready") return;
        workload.session.goAway(SessionCode.stopping, "restart");
        workload.turns.plan();
      };
    });
    const talker = talk(mesh);
    await world.until(() => talker.reset !== undefined, 20_000);
    expect(mesh.target.total).toBeLessThanOrEqual(3);
  });
});

test("a session without streams ends after a while, and one with a stream does not", async () => {
  const mesh = await serveSessions(serveEcho);
  const talker = talk(mesh, ["x"], false);
  await world.until(() => talker.received.length === 1);
  await world.sleep(3 * IDLE_MS);
  expect(mesh.target.isOpen).toBe(true);
  talker.stream.end();
  await world.until(() => talker.hasPeerEnded);
  await world.until(() => !mesh.target.isOpen, 3 * IDLE_MS);
  await world.until(() => mesh.workloads[0]!.has("closed"));
  // The vertex has ended it by itself.
  expect(gone).toBe(0);
  const next = talk(mesh, ["y"]);
  await world.until(() => next.hasPeerEnded);
});

test("a workload opens nothing on the session that it was called on", async () => {
  const mesh = await serveSessions(serveEcho);
  const talker = talk(mesh, ["x"], false);
  await world.until(() => talker.received.length === 1);
  const [workload] = mesh.workloads;
  const stream = workload!.open();
  await world.until(() => workload!.has("reset", stream));
  expect(workload!.of("reset", stream)).toMatchObject([{ code: Code.unsupported }]);
});

test("flows carry datagrams to it and back", async () => {
  const mesh = await serveSessions(serveEcho);
  let talker: OwnFlowTalker | undefined;
  clientsOf(mesh.a).openOwnFlow(ownAccounts(), (flow) => (talker = new OwnFlowTalker(flow)));
  talker!.flow.send(Buffer.from("one"));
  await world.until(() => talker!.received.length === 1);
  expect(talker!.received.map(String)).toEqual(["one"]);
  expect(mesh.workloads[0]!.of("opened")).toMatchObject([
    { streamKind: StreamKind.datagrams, principal: "user/alice" },
  ]);
  talker!.flow.reset(Code.done);
  await world.until(() => mesh.workloads[0]!.has("reset"));
  expect(mesh.workloads[0]!.of("reset")).toMatchObject([{ code: Code.done }]);
});
