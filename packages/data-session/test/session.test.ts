import { TrafficClass } from "@florenetes/forwarding";
import { readUint16 } from "@florenetes/wire-values";
import { describe, expect, test } from "vitest";
import { SessionCode } from "../src/codes.ts";
import {
  type NodePressure,
  PressureAction,
  PressureLevel,
  Role,
  RouteState,
  RouteSwitchReason,
  StreamKind,
} from "../src/frames.ts";
import { DATAGRAMS_WAITING_MAX, HANDSHAKE_MS, PING_MS, SILENCE_MS } from "../src/limits.ts";
import { DEFAULT_LIMITS } from "../src/session-limits.ts";
import { End, openPair } from "./pair.ts";

const bytes = (length: number): Buffer => Buffer.alloc(length, "x");

describe("the beginning", () => {
  test("both ends learn who is there, and what the other one takes", () => {
    const { workload, vertex } = openPair({ name: "chat" }, { name: "node-a", limits: { streams: 5 } });
    const ready = { kind: "ready", principal: "user/alice" };
    expect(workload.events).toEqual([{ ...ready, peerName: "node-a", peerLimits: { ...DEFAULT_LIMITS, streams: 5 } }]);
    expect(vertex.events).toEqual([
      { kind: "authenticate", principal: "" },
      { ...ready, peerName: "chat", peerLimits: DEFAULT_LIMITS },
    ]);
  });

  test("whoever may not use the socket is told so", () => {
    const { workload, vertex } = openPair({ principal: "user/mallory" }, {}, false);
    workload.send();
    workload.deliver(vertex);
    expect(vertex.session.pollEvent()).toEqual({ kind: "authenticate", principal: "user/mallory" });
    vertex.session.close(SessionCode.notAllowed, "process 12 of user 1000 is not on the list");
    vertex.send();
    vertex.deliver(workload);
    const text = "process 12 of user 1000 is not on the list";
    expect(workload.poll()).toEqual([{ kind: "closed", by: "peer", code: SessionCode.notAllowed, text }]);
    expect(workload.session.open({ service: "web", trafficClass: 0, kind: 1, principal: "" })).toBeUndefined();
  });

  test("nobody waits for ever: the workload for the vertex, the vertex for all but its own judgement", () => {
    const workload = new End(Role.workload);
    expect(workload.session.nextTimeout()).toBe(HANDSHAKE_MS);
    workload.session.handleTimeout(HANDSHAKE_MS - 1);
    expect(workload.session.isClosed).toBe(false);
    workload.session.handleTimeout(HANDSHAKE_MS);
    expect(workload.poll()).toMatchObject([{ kind: "closed", by: "own", code: SessionCode.silent }]);
    const vertex = new End(Role.vertex);
    expect(vertex.session.nextTimeout()).toBe(HANDSHAKE_MS);
    const other = new End(Role.workload);
    other.send();
    other.deliver(vertex);
    expect(vertex.session.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a connection that ends takes the session with it", () => {
    const { workload } = openPair();
    workload.session.handleEnd();
    workload.session.handleEnd();
    expect(workload.poll()).toMatchObject([{ kind: "closed", by: "lost", code: SessionCode.connectionLost }]);
    expect(workload.session.pollTransmit(new Uint8Array(70_000))).toBe(0);
  });
});

describe("a stream", () => {
  test("carries bytes before it is answered, and none back", () => {
    const { workload, vertex, settle } = openPair();
    const stream = workload.open();
    workload.session.write(stream, Buffer.from("GET"));
    settle();
    expect(vertex.readAll(stream).toString()).toBe("GET");
    vertex.session.write(stream, Buffer.from("200"));
    settle();
    expect(workload.kindsOf(stream)).toEqual(["acknowledged"]);
    vertex.session.answer(stream);
    settle();
    expect(workload.kindsOf(stream)).toEqual(["acknowledged", "answered", "readable"]);
    expect(workload.readAll(stream).toString()).toBe("200");
  });

  test("ends one half after the other, and is over when both ends know that all was taken", () => {
    const { workload, vertex, settle } = openPair();
    const stream = workload.open();
    workload.session.write(stream, Buffer.from("question"));
    workload.session.finish(stream);
    settle();
    expect(vertex.kindsOf(stream)).toEqual(["opened", "readable"]);
    expect(vertex.readAll(stream).toString()).toBe("question");
    vertex.session.answer(stream);
    settle();
    expect(vertex.kindsOf(stream)).toEqual(["opened", "readable", "ended"]);
    vertex.session.write(stream, Buffer.from("answer"));
    vertex.session.finish(stream);
    settle();
    expect(workload.readAll(stream).toString()).toBe("answer");
    expect(workload.session.streamCount).toBe(1);
    settle();
    expect(workload.kindsOf(stream).slice(-2)).toEqual(["ended", "finished"]);
    expect(vertex.kindsOf(stream).slice(-2)).toEqual(["acknowledged", "finished"]);
    expect(workload.session.streamCount + vertex.session.streamCount).toBe(0);
  });

  test("an ACK says what the far workload has taken, not what the vertex has read", () => {
    const { workload, vertex, settle } = openPair({}, { isReaderFar: false });
    const stream = workload.open();
    workload.session.write(stream, bytes(1_000));
    workload.session.finish(stream);
    settle();
    vertex.session.answer(stream);
    expect(vertex.readAll(stream)).toHaveLength(1_000);
    vertex.session.acknowledge(stream, 400, false);
    settle();
    vertex.session.acknowledge(stream, 300, false);
    vertex.session.acknowledge(stream, 5_000, false);
    settle();
    vertex.session.acknowledge(stream, 1_000, true);
    vertex.session.acknowledge(stream, 1_000, true);
    settle();
    const told = workload.events.filter(({ kind }) => kind === "acknowledged");
    expect(told).toEqual(
      [400, 1_000, 1_000].map((offset, at) => ({ kind: "acknowledged", stream, offset, isEnd: at === 2 })),
    );
  });

  test("a reset of one touches no other", () => {
    const { workload, vertex, settle } = openPair();
    const [first, second] = [workload.open(), workload.open()];
    settle();
    vertex.session.write(first, bytes(10));
    vertex.session.reset(first, 2, "the target is not there");
    workload.session.write(first, bytes(10));
    workload.session.write(second, bytes(10));
    settle();
    expect(workload.events).toContainEqual({ kind: "reset", stream: first, code: 2, text: "the target is not there" });
    expect(vertex.readAll(second)).toHaveLength(10);
    expect(workload.session.write(first, bytes(1))).toBe(0);
    expect(vertex.session.streamCount).toBe(1);
  });

  test("of a class that workloads may not have is refused", () => {
    const { workload, vertex, settle } = openPair();
    const stream = workload.open({ trafficClass: TrafficClass.control });
    settle();
    expect(workload.events).toMatchObject([{}, { kind: "reset", stream, code: SessionCode.wrongClass }]);
    expect(vertex.kindsOf(stream)).toEqual([]);
    expect(vertex.session.streamCount).toBe(0);
  });

  test("of the class control is taken by an end for control agents", () => {
    const { workload, vertex, settle } = openPair({}, { takesControl: true });
    const stream = workload.open({ trafficClass: TrafficClass.control });
    settle();
    expect(vertex.events).toMatchObject([{}, {}, { kind: "opened", stream, trafficClass: TrafficClass.control }]);
  });

  test("that is given up before anybody has heard of it leaves no trace", () => {
    const { workload, vertex, settle } = openPair();
    const stream = workload.open();
    workload.session.reset(stream, 1, "");
    settle();
    expect(vertex.kindsOf(stream)).toEqual([]);
    expect(workload.session.streamCount).toBe(0);
    expect(workload.open()).toBe(stream + 2);
  });

  test("waits for a place where the peer takes no more", () => {
    const { workload, vertex, settle } = openPair({}, { limits: { streams: 2, datagramSize: 0 } });
    const options = { service: "web", trafficClass: TrafficClass.reliable, kind: StreamKind.bytes, principal: "" };
    expect(workload.session.open({ ...options, kind: StreamKind.datagrams })).toBeUndefined();
    const stream = workload.open();
    workload.open();
    expect(workload.session.open(options)).toBeUndefined();
    settle();
    vertex.session.reset(stream, 2, "");
    expect(workload.session.open(options)).toBeUndefined();
    settle();
    expect(workload.session.open(options)).toBe(5);
    settle();
    expect(vertex.kindsOf(5)).toEqual(["opened"]);
  });
});

describe("a flow", () => {
  test("drops what is too large, and its oldest datagrams where too many wait", () => {
    const { workload, vertex, settle } = openPair({}, { limits: { datagramSize: 1_000 } });
    const flow = workload.open({ kind: StreamKind.datagrams });
    expect(workload.session.sendDatagram(flow, bytes(1_001))).toBe(1);
    const dropped = Array.from({ length: DATAGRAMS_WAITING_MAX + 6 }, (_, at) =>
      workload.session.sendDatagram(flow, Buffer.of(at >> 8, at)),
    );
    expect(dropped.reduce((sum, count) => sum + count)).toBe(6);
    settle();
    const arrived = vertex.events.flatMap((event) => (event.kind === "datagram" ? [readUint16(event.bytes, 0)] : []));
    expect(arrived).toEqual(Array.from({ length: DATAGRAMS_WAITING_MAX }, (_, at) => at + 6));
  });

  test("answers when it is answered, and ends by a reset", () => {
    const { workload, vertex, settle } = openPair();
    const flow = workload.open({ kind: StreamKind.datagrams });
    workload.session.sendDatagram(flow, Buffer.from("ping"));
    settle();
    vertex.session.answer(flow);
    vertex.session.sendDatagram(flow, Buffer.from("pong"));
    settle();
    expect(workload.kindsOf(flow)).toEqual(["answered", "datagram"]);
    workload.session.reset(flow, 0, "");
    settle();
    expect(vertex.kindsOf(flow)).toEqual(["opened", "datagram", "reset"]);
    expect(workload.session.sendDatagram(flow, bytes(1))).toBe(1);
    expect(workload.session.write(flow, bytes(1))).toBe(0);
  });
});

describe("going away", () => {
  test("what was taken goes on, what was not is told, and nothing new begins", () => {
    const { workload, vertex, settle } = openPair();
    const taken = workload.open();
    settle();
    const untaken = workload.open();
    workload.session.write(untaken, bytes(5));
    vertex.session.goAway(SessionCode.stopping, "restart");
    settle();
    expect(workload.kindsOf(untaken)).toEqual(["untaken"]);
    expect(vertex.kindsOf(untaken)).toEqual([]);
    expect(workload.events).toContainEqual({ kind: "goAway", code: SessionCode.stopping, text: "restart" });
    expect(workload.session.open({ service: "web", trafficClass: 0, kind: 1, principal: "" })).toBeUndefined();
    expect(vertex.session.open({ service: "web", trafficClass: 0, kind: 1, principal: "" })).toBeUndefined();
    workload.session.write(taken, bytes(5));
    settle();
    expect(vertex.readAll(taken)).toHaveLength(5);
    vertex.session.reset(taken, 0, "");
    settle();
    expect(vertex.session.streamCount).toBe(0);
    vertex.session.close(SessionCode.done, "");
    settle();
    expect(workload.events.at(-1)).toMatchObject({ kind: "closed", by: "peer", code: SessionCode.done });
  });
});

test("whoever is told of the end knows what was not looked at", () => {
  const { workload, vertex, settle } = openPair();
  const taken = workload.open();
  settle();
  const untaken = [workload.open(), workload.open()];
  vertex.session.close(SessionCode.stopping, "restart");
  settle();
  expect(workload.events.slice(-3)).toEqual([
    ...untaken.map((stream) => ({ kind: "untaken", stream })),
    { kind: "closed", by: "peer", code: SessionCode.stopping, text: "restart" },
  ]);
  expect(workload.kindsOf(taken)).toEqual([]);
  expect(workload.session.streamCount).toBe(0);
});

describe("signs of life", () => {
  test("a PING when nothing was heard, and the end when nothing comes of it", () => {
    const { workload, vertex, settle } = openPair();
    expect(workload.session.nextTimeout()).toBe(PING_MS);
    workload.session.handleTimeout(PING_MS);
    expect(workload.session.nextTimeout()).toBe(SILENCE_MS);
    workload.send();
    workload.deliver(vertex, 1_000, PING_MS + 1);
    vertex.send();
    vertex.deliver(workload, 1_000, PING_MS + 2);
    expect(workload.poll()).toEqual([{ kind: "pong", roundTripMs: 2 }]);
    const later = workload.session.nextTimeout();
    expect(later).toBe(2 * PING_MS + 2);
    workload.session.handleTimeout(later);
    workload.session.handleTimeout(PING_MS + 2 + SILENCE_MS);
    expect(workload.poll()).toMatchObject([{ kind: "closed", by: "own", code: SessionCode.silent }]);
    settle();
  });

  test("so many are unanswered, and no more", () => {
    const { workload, settle } = openPair();
    const asked = Array.from({ length: 20 }, () => workload.session.ping(0));
    expect(asked.filter(Boolean)).toHaveLength(16);
    settle();
    expect(workload.session.ping(0)).toBe(true);
  });
});

describe("news", () => {
  test("the newest of each kind is told, also where several came at once", () => {
    const { workload, vertex, settle } = openPair();
    const up = { state: RouteState.up, roundTripMs: 3, datagramSize: 1_200, service: "web" };
    const pressure: NodePressure = {
      level: PressureLevel.warning,
      score: 60,
      action: PressureAction.slowBulk,
      reasons: ["link-queue", "x".repeat(100)],
    };
    const switched = { count: 3, reason: RouteSwitchReason.timeout, recoveryMs: 1_340 };
    vertex.session.tellRoute({ ...up, state: RouteState.down });
    vertex.session.tellRoute(up);
    vertex.session.tellRoute({ ...up, service: "files", switched });
    vertex.session.tellPressure({ ...pressure, score: 1 });
    vertex.session.tellPressure(pressure);
    settle();
    const { level, score, action } = pressure;
    expect(workload.events.slice(1)).toEqual([
      { kind: "pressure", level, score, action, reasons: ["link-queue", "x".repeat(64)] },
      { kind: "route", ...up },
      { kind: "route", ...up, service: "files", switched },
    ]);
    expect(workload.session.tellRoute(up)).toBe(false);
    const services = Array.from({ length: 300 }, (_, at) => ({ ...up, service: `s${at}` }));
    expect(services.filter((route) => vertex.session.tellRoute(route))).toHaveLength(256);
  });
});
