import { randomBytes } from "node:crypto";
import { RouteState, SessionCode } from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REFUSALS_MAX, WAITING_MAX } from "../../src/sessions/limits.ts";
import { Code } from "../../src/transport/codes.ts";
import type { OwnService } from "../../src/transport/own/own-service.ts";
import { issue } from "../transport/mesh/identities.ts";
import { type Pair, type PairOptions, pair } from "../transport/mesh/mesh.ts";
import { Target, echo } from "../transport/mesh/workloads.ts";
import { VirtualWorld } from "../transport/worlds/virtual-world.ts";
import { TestWorkload, openSessions } from "./workload.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

async function echoPair(options: PairOptions = {}): Promise<Pair> {
  const target = await Target.listen(world, echo);
  return pair(world, target.address, options);
}

async function ready(options = {}): Promise<TestWorkload> {
  const workload = TestWorkload.connect(world, options);
  await world.until(() => workload.isReady);
  return workload;
}

async function open(options: PairOptions = {}, socket = {}) {
  const mesh = await echoPair(options);
  return { ...mesh, ...(await openSessions(world, mesh.a, socket)), workload: await ready() };
}

describe("a session", () => {
  test("opens streams of any class, and hears how far the far end has taken them", async () => {
    const { workload, a, sessions } = await open();
    const said = randomBytes(500_000);
    const classes = [TrafficClass.interactive, TrafficClass.bulk, TrafficClass.interactive];
    const streams = classes.map((trafficClass) => workload.open({ trafficClass }));
    const heard = new Map(streams.map((stream) => [stream, [] as Buffer[]]));
    const written = new Map(streams.map((stream) => [stream, 0]));
    const goOn = (): void => {
      for (const stream of streams) {
        const at = written.get(stream)!;
        const count = workload.say(stream, said.subarray(at));
        written.set(stream, at + count);
        if (at + count === said.length) workload.finish(stream);
        heard.get(stream)!.push(workload.read(stream));
      }
    };
    workload.onEvent = goOn;
    goOn();
    await world.until(() => streams.every((stream) => workload.has("finished", stream)), 60_000);
    for (const stream of streams) {
      expect(Buffer.concat(heard.get(stream)!).equals(said)).toBe(true);
      expect(workload.of("acknowledged", stream).at(-1)).toMatchObject({ offset: said.length, isEnd: true });
    }
    await world.until(() => sessions.status()[0]!.services[0]!.connections.open === 0);
    expect(sessions.status()[0]).toMatchObject({
      open: 1,
      total: 1,
      services: [{ name: "web", connections: { total: 3, open: 0 } }, { connections: { total: 0 } }],
      sessions: [{ name: "test", streamsOpen: 0 }],
    });
    const used = a.transport.status().connections.map((connection) => connection.class);
    expect(new Set(used)).toEqual(new Set(["reliable", "interactive", "bulk"]));
    await world.until(() => a.transport.budget.held === 0);
  });

  test("is told the services of its socket", async () => {
    const { workload, sessions } = await open();
    const { services } = sessions.status()[0]!;
    expect(workload.of("ready")[0]).toMatchObject({ services: services.map(({ name }) => name) });
    expect(services.length).toBeGreaterThan(1);
  });

  test("has ACK for what the far workload has taken, and for no more", async () => {
    const target = await Target.listen(world, (socket) => void socket.pause());
    const mesh = await pair(world, target.address);
    await openSessions(world, mesh.a);
    const workload = await ready();
    const stream = workload.open();
    const size = 2_000_000;
    let said = 0;
    workload.onEvent = () => {
      said += workload.say(stream, Buffer.alloc(Math.min(65_536, size - said)));
      if (said === size) workload.finish(stream);
    };
    workload.onEvent({ kind: "ready" } as never);
    await world.sleep(5_000);
    const stuckAt = workload.of("acknowledged", stream).at(-1)?.offset ?? 0;
    await world.sleep(5_000);
    expect(workload.of("acknowledged", stream).at(-1)?.offset ?? 0).toBe(stuckAt);
    expect(stuckAt).toBeLessThan(said);
    let taken = 0;
    for (const socket of target.sockets) {
      socket.on("data", (bytes: Buffer) => (taken += bytes.length));
      socket.on("end", () => socket.end());
      socket.resume();
    }
    await world.until(() => taken === size, 60_000);
    await world.until(() => workload.of("acknowledged", stream).at(-1)?.isEnd === true);
    expect(workload.of("acknowledged", stream).at(-1)?.offset).toBe(size);
    await world.until(() => workload.has("ended", stream) || workload.has("finished", stream));
  });

  test("sends nothing on before the far end is there, and has it by another name", async () => {
    const { workload } = await open();
    const stream = workload.open({ service: "other" });
    workload.say(stream, "hello");
    await world.until(() => workload.has("readable", stream));
    const kinds = workload.events.filter((event) => "stream" in event).map(({ kind }) => kind);
    expect(kinds.indexOf("answered")).toBeLessThan(kinds.indexOf("readable"));
    expect(String(workload.read(stream))).toBe("hello");
  });

  test("is told why a stream cannot be, and the others go on", async () => {
    const { workload } = await open({
      b: { services: [{ name: "web", label: 900, classes: new Set([TrafficClass.reliable]) }] },
    });
    const [unknown, wrong] = [workload.open({ service: "files" }), workload.open({ trafficClass: TrafficClass.bulk })];
    await world.until(() => workload.has("reset", unknown) && workload.has("reset", wrong));
    expect(workload.of("reset", unknown)).toMatchObject([
      { code: Code.unknownService, text: "no service files can be opened at this socket" },
    ]);
    expect(workload.of("reset", wrong)).toMatchObject([{ code: Code.wrongClass }]);
    const down = workload.open();
    await world.until(() => workload.has("reset", down));
    expect(workload.of("reset", down)).toMatchObject([{ code: Code.targetDown }]);
  });

  test("tells status why its services are not reached, once one was opened", async () => {
    const { workload, sessions, link } = await open();
    const unreached = (): string => sessions.status()[0]!.services[0]!.unreached;
    link.isCut = true;
    expect(unreached()).toBe("");
    const stream = workload.open();
    await world.until(() => workload.has("reset", stream), 20_000);
    expect(workload.of("reset", stream)).toMatchObject([{ code: Code.noAnswer }]);
    expect(unreached()).toBe("the first link of path to-b is down");
    link.isCut = false;
    const next = workload.open();
    await world.until(() => workload.has("answered", next), 20_000);
    expect(unreached()).toBe("");
  });

  test("resets one stream at the far end, too, and hears of a reset there", async () => {
    const { workload } = await open();
    const [stream, other] = [workload.open(), workload.open()];
    for (const each of [stream, other]) workload.say(each, "x");
    await world.until(() => workload.has("readable", stream) && workload.has("readable", other));
    workload.reset(stream, SessionCode.stopping, "enough");
    workload.say(other, "y");
    workload.finish(other);
    await world.until(() => workload.has("ended", other) || workload.session.bytesUnread === 2);
    expect(String(workload.read(other))).toBe("xy");
  });

  test("a stream that nobody takes at the far end holds back itself alone, and little is kept of it", async () => {
    const target = await Target.listen(world, () => {});
    const mesh = await pair(world, target.address, {
      b: { limits: { streamWindow: 65_536, streamWindowMax: 65_536 } },
    });
    await openSessions(world, mesh.a);
    const workload = await ready();
    const stuck = workload.open();
    let said = 0;
    const say = (): void => void (said += workload.say(stuck, Buffer.alloc(65_536)));
    workload.onEvent = say;
    say();
    await world.sleep(2_000);
    const stoppedAt = said;
    expect(stoppedAt).toBeLessThan(4_000_000);
    await world.sleep(2_000);
    expect(said).toBe(stoppedAt);
    expect(mesh.a.transport.budget.held).toBeGreaterThan(0);
    workload.reset(stuck, Code.workloadReset);
    await world.until(() => mesh.a.transport.budget.held === 0);
  });

  test("a workload that does not read is written no more than fits, and its other session goes on", async () => {
    const { a, workload } = await open();
    const deafOne = await ready({ limits: { streamWindow: 1_048_576 } });
    deafOne.socket.pause();
    deafOne.onEvent = () => {};
    const sources = Array.from({ length: 60 }, () => deafOne.open());
    for (let round = 0; round < 20; round++) {
      for (const stream of sources) deafOne.say(stream, Buffer.alloc(32_768));
      await world.sleep(20);
    }
    expect(a.transport.budget.held).toBeLessThan(WAITING_MAX + 60 * 2 * 65_536 + 60 * 1_048_576);
    const stream = workload.open();
    workload.say(stream, "hello");
    await world.until(() => workload.has("readable", stream));
    deafOne.socket.resume();
    await world.until(() => sources.every((each) => deafOne.has("readable", each)));
    deafOne.socket.destroy();
    await world.until(() => a.transport.budget.held <= 8_192 * 2);
  });

  test("that is lost resets its streams at the far end", async () => {
    const { workload, sessions, b } = await open();
    const stream = workload.open();
    workload.say(stream, "x");
    await world.until(() => workload.has("readable", stream));
    workload.socket.destroy();
    await world.until(() => sessions.status()[0]!.open === 0);
    await world.until(() => b.transport.status().services[0]!.connections.open === 0);
    expect(sessions.status()[0]!.ended).toEqual({ CONNECTION_LOST: 1 });
  });
});

describe("flows", () => {
  test("carry datagrams each way, and end at both ends", async () => {
    const heard: string[] = [];
    const ownService: OwnService = {
      dialStream: (_caller, dialled) => {
        dialled.handleFailed(Code.wrongKind, "flows alone");
        return () => {};
      },
      dialFlow: ({ peer }, dialled) => {
        heard.push(peer);
        dialled.handleConnected((flow) => ({
          handleDatagram: (bytes) => flow.send(bytes),
          handleReset: (code) => heard.push(`reset ${code}`),
        }));
        return () => {};
      },
    };
    const { workload } = await open({ b: { ownService } });
    const flow = workload.openFlow();
    workload.send(flow, "one");
    await world.until(() => workload.has("datagram", flow));
    workload.send(flow, "two");
    await world.until(() => workload.of("datagram", flow).length === 2);
    expect(workload.of("datagram", flow).map(({ bytes }) => String(Buffer.from(bytes)))).toEqual(["one", "two"]);
    workload.reset(flow, Code.done);
    await world.until(() => heard.length === 2);
    expect(heard).toEqual(["user/alice", `reset ${Code.done}`]);
    const stream = workload.open();
    await world.until(() => workload.has("reset", stream));
    expect(workload.of("reset", stream)).toMatchObject([{ code: Code.wrongKind }]);
  });
});

describe("who may speak", () => {
  test("a process that is not on the list is told so, and one that comes in great numbers is hung up on", async () => {
    const mesh = await echoPair();
    const { sessions, events } = await openSessions(world, mesh.a, { allow: { users: [1], groups: [2] } });
    const workloads = Array.from({ length: REFUSALS_MAX + 4 }, () => TestWorkload.connect(world));
    await world.until(() => workloads.every((workload) => workload.has("closed")));
    const ends = workloads.map((workload) => workload.of("closed")[0]!);
    const told = ends.filter(({ by }) => by === "peer");
    expect(told).toHaveLength(REFUSALS_MAX);
    expect(told[0]).toMatchObject({
      code: Code.notAllowed,
      text: "process 1 of user 0 and group 0 is not on the list",
    });
    expect(sessions.status()[0]).toMatchObject({ open: 0, total: 0, refused: { NOT_ALLOWED: workloads.length } });
    expect(events[0]).toMatchObject({ code: "SESSION_REFUSED", reason: "NOT_ALLOWED", socket: "unix:mesh" });
    await world.sleep(10_000);
    const late = TestWorkload.connect(world);
    await world.until(() => late.has("closed"));
    expect(late.of("closed")).toMatchObject([{ by: "peer" }]);
  });

  test("a group is enough, a wish for another principal is not", async () => {
    const mesh = await echoPair();
    const { sessions } = await openSessions(world, mesh.a, { allow: { users: [], groups: [0] } });
    const right = await ready({ principal: "user/alice" });
    expect(right.of("ready")).toMatchObject([{ principal: "user/alice", peerName: "a" }]);
    const wrong = TestWorkload.connect(world, { principal: "user/bob" });
    await world.until(() => wrong.has("closed"));
    expect(wrong.of("closed")).toMatchObject([{ by: "peer", code: Code.notAllowed }]);
    await world.until(() => sessions.status()[0]!.open === 1);
    expect(sessions.status()[0]!.ended).toEqual({ NOT_ALLOWED: 1 });
  });

  test("more than may be at once are refused, and so are those for whom memory is short", async () => {
    const { workload, a, sessions } = await open();
    await Promise.all([ready(), ready(), ready()]);
    const fifth = TestWorkload.connect(world);
    await world.until(() => fifth.has("closed"));
    expect(fifth.of("closed")).toMatchObject([{ code: Code.overBudget, text: "as many sessions are open as may be" }]);
    a.transport.budget.change(a.transport.limits.memoryMax);
    const stream = workload.open();
    await world.until(() => workload.has("reset", stream));
    expect(workload.of("reset", stream)).toMatchObject([{ code: Code.overBudget }]);
    a.transport.budget.change(-a.transport.limits.memoryMax);
    expect(sessions.status()[0]!.refused).toEqual({ OVER_BUDGET: 1 });
  });

  test("a principal that is revoked lets go of its sessions, and gets no new ones", async () => {
    const { workload, a, sessions } = await open();
    const stream = workload.open();
    workload.say(stream, "x");
    await world.until(() => workload.has("readable", stream));
    a.revoke(a.credentialsOf("user/alice"));
    sessions.handleRevocations();
    await world.until(() => workload.has("closed"));
    expect(workload.of("goAway")).toMatchObject([{ code: Code.revoked }]);
    expect(workload.of("reset", stream)).toMatchObject([{ code: Code.revoked }]);
    expect(sessions.status()[0]!.text).not.toBe("");
    const late = TestWorkload.connect(world);
    await world.until(() => late.has("closed"));
    expect(late.of("closed")).toMatchObject([{ code: Code.revoked }]);
    const renewed = issue("user/alice");
    a.transport.handleCredentials("user/alice", renewed);
    sessions.handleCredentials("user/alice", renewed);
    const again = await ready();
    const next = again.open();
    again.say(next, "y");
    await world.until(() => again.has("readable", next));
  });
});

describe("news", () => {
  test("of the way to a service: when it is there, how far it is, and when it is not", async () => {
    const { workload, link } = await open();
    const stream = workload.open();
    workload.say(stream, "x");
    await world.until(() => workload.has("route"));
    expect(workload.of("route")[0]).toMatchObject({ service: "web", state: RouteState.up });
    expect(workload.of("route")[0]!.datagramSize).toBeGreaterThan(1_000);
    const late = await ready();
    await world.until(() => late.has("route"));
    link.isCut = true;
    await world.sleep(100_000);
    workload.open();
    await world.until(() => workload.of("route").at(-1)!.state === RouteState.down);
  });

  test("of pressure: to those who are there, and to those who come", async () => {
    const { workload, sessions } = await open();
    const pressure = { level: "warning", score: 71.4, action: "slow-bulk", reasons: ["memory"] } as const;
    sessions.handlePressure(pressure);
    const told = { kind: "pressure", level: 1, score: 71, action: 1, reasons: ["memory"] };
    await world.until(() => workload.has("pressure"));
    expect(workload.of("pressure")).toEqual([told]);
    const late = await ready();
    await world.until(() => late.has("pressure"));
    expect(late.of("pressure")).toEqual([told]);
    sessions.handlePressure({ ...pressure, level: "nominal", action: "none", reasons: [] });
    await world.until(() => workload.of("pressure").length === 2);
  });
});

describe("a stop", () => {
  test("takes nothing new, lets streams end, and closes then", async () => {
    const { workload, sessions } = await open();
    const taken = workload.open();
    workload.say(taken, "before");
    await world.until(() => workload.has("readable", taken));
    const idle = await ready();
    sessions.drain();
    const untaken = workload.open();
    await world.until(() => idle.has("closed") && workload.has("untaken", untaken));
    expect(idle.of("closed")).toMatchObject([{ by: "peer", code: SessionCode.stopping }]);
    expect(workload.of("goAway")).toMatchObject([{ code: SessionCode.stopping, text: "the vertex stops" }]);
    expect(workload.has("closed")).toBe(false);
    workload.say(taken, " behind");
    workload.finish(taken);
    workload.onEvent = () => void workload.read(taken);
    workload.read(taken);
    await world.until(() => workload.has("closed"));
    expect(workload.has("finished", taken)).toBe(true);
  });

  test("whoever has streams at the end of it is told at once", async () => {
    const { workload, sessions } = await open();
    const stream = workload.open();
    workload.say(stream, "x");
    await world.until(() => workload.has("readable", stream));
    sessions.drain();
    sessions.close();
    await world.until(() => workload.has("closed"));
    expect(workload.of("closed")).toMatchObject([{ by: "peer", code: SessionCode.stopping }]);
  });
});

test("sockets share the streams that may be open: one has all, and two half of them each", async () => {
  const mesh = await echoPair();
  await openSessions(world, mesh.a, {}, { openedMax: 40 });
  const first = await ready();
  const second = await ready();
  const isAnswered = (workload: TestWorkload) => (stream: number) => workload.has("answered", stream);
  const many = Array.from({ length: 50 }, () => first.open());
  await world.until(() => many.every((stream) => first.has("answered", stream) || first.has("reset", stream)));
  expect(many.filter(isAnswered(first))).toEqual(many.slice(0, 40));
  expect(first.of("reset")[0]).toMatchObject({ code: Code.overBudget });
  const few = Array.from({ length: 30 }, () => second.open());
  await world.until(() => few.every((stream) => second.has("answered", stream) || second.has("reset", stream)));
  expect(few.filter(isAnswered(second))).toEqual(few.slice(0, 20));
  await world.until(() => first.of("reset").length === 30);
  expect([first, second].map(({ session }) => session.streamCount)).toEqual([20, 20]);
  // A session that ends its own streams makes room for more.
  second.reset(few[0]!, Code.done);
  const next = second.open();
  await world.until(() => second.has("answered", next));
});
