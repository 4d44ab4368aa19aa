import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { SessionCode } from "../src/codes.ts";
import {
  SessionError,
  StreamError,
  type WorkloadSessionOptions,
  connectSession,
  openSession,
} from "../src/drivers/index.ts";
import type { WorkloadFlow, WorkloadSession, WorkloadStream } from "../src/drivers/index.ts";
import { PressureAction, PressureLevel, RouteState, StreamKind } from "../src/frames.ts";
import type { SessionOptions } from "../src/data-session.ts";
import { VertexEnd, echoOf, listenForTest, openVertex } from "./vertex-socket.ts";

interface Pair {
  readonly workload: WorkloadSession;
  readonly vertex: VertexEnd;
}

async function openPair(options: WorkloadSessionOptions = {}, ofVertex: Partial<SessionOptions> = {}): Promise<Pair> {
  const { path, ends } = await openVertex(ofVertex);
  const workload = await connectSession(path, options);
  onTestFinished(() => workload.close());
  return { workload, vertex: ends[0]! };
}

async function openEcho(ofVertex: Partial<SessionOptions> = {}): Promise<Pair> {
  const pair = await openPair({}, ofVertex);
  pair.vertex.onEvent = echoOf(pair.vertex);
  return pair;
}

const opensOf = ({ events }: VertexEnd): unknown[] => events.filter(({ kind }) => kind === "opened");

describe("a session", () => {
  test("knows for whom it stands, and with whom it speaks", async () => {
    const { workload } = await openPair({ principal: "user/bob" });
    expect([workload.principal, workload.vertex]).toEqual(["user/bob", "node-a"]);
    expect(await workload.ping()).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ["those of the socket", ["web", "vpn-egress.main"]],
    ["none", []],
    ["nothing, where the vertex tells nothing", undefined],
  ])("knows to which services it may open streams: %s", async (_, services) => {
    const path = await listenForTest((socket) => void new VertexEnd(socket, {}, services));
    await using workload = await connectSession(path);
    expect(workload.services).toEqual(services);
  });

  test("is told no services where their names would not fit", async () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `service-${10 + at}`);
    for (const [count, doFit] of [
      [63, true],
      [64, false],
    ] as const) {
      const path = await listenForTest((socket) => void new VertexEnd(socket, {}, names(count)));
      await using workload = await connectSession(path);
      expect(workload.services).toEqual(doFit ? names(count) : undefined);
    }
  });

  test("that is not let in says why", async () => {
    const { path } = await openVertex();
    const refusing = await listenForTest(refuse);
    await expect(connectSession(refusing)).rejects.toMatchObject({ by: "peer", code: SessionCode.notAllowed });
    await expect(connectSession(`${path}.not`)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("tells news of routes and of pressure", async () => {
    const { workload, vertex } = await openPair();
    const route = { state: RouteState.up, roundTripMs: 3, datagramSize: 1_200, service: "web" };
    const pressure = { level: PressureLevel.warning, score: 60, action: PressureAction.slowBulk, reasons: ["files"] };
    vertex.session.tellRoute(route);
    vertex.session.tellPressure(pressure);
    vertex.turns.plan();
    await Promise.all([once(workload, "route"), once(workload, "pressure")]);
    expect(workload.routes.get("web")).toMatchObject(route);
    expect(workload.pressure).toMatchObject(pressure);
  });

  test("whose connection is lost loses its streams, and tells each of them", async () => {
    const { workload, vertex } = await openPair();
    const stream = await workload.open("web");
    const flow = await workload.openFlow("web");
    const over = Promise.allSettled([once(stream, "end"), once(flow, "close"), once(workload, "close")]);
    vertex.socket.destroy();
    await over;
    expect(stream.errored).toMatchObject({ by: "lost", code: SessionCode.connectionLost });
    await expect(workload.open("web")).rejects.toBeInstanceOf(SessionError);
    await expect(workload.ping()).rejects.toBeInstanceOf(SessionError);
  });
});

function refuse(socket: Socket): void {
  const end = new VertexEnd(socket);
  end.onEvent = (event) => {
    if (event.kind === "authenticate") end.session.close(SessionCode.notAllowed, "user 12 is not on the list");
  };
  // Without this line, the end for tests would accept every workload.
  end.session.accept = () => {};
}

describe("a stream", () => {
  test("carries bytes each way, of any class, and is over when all was taken", async () => {
    const { workload, vertex } = await openEcho();
    const stream = await workload.open("web", { class: "interactive" });
    const said = Buffer.alloc(1_000_000, "what is said");
    const heard = buffer(stream);
    stream.end(said);
    await once(stream, "finish");
    expect((await heard).equals(said)).toBe(true);
    expect(stream.acknowledged).toBe(said.length);
    expect(opensOf(vertex)).toMatchObject([{ service: "web", trafficClass: 3 }]);
    await vi.waitUntil(() => vertex.session.streamCount === 0);
  });

  test("is a Duplex as any other: in a pipeline, and with a reader that takes its time", async () => {
    const { workload } = await openEcho();
    const stream = await workload.open("web");
    const pieces = Array.from({ length: 50 }, (_, at) => Buffer.alloc(10_000, `${at} `));
    const sent = pipeline(Readable.from(pieces), stream);
    let heard = 0;
    for await (const piece of stream) {
      heard += (piece as Buffer).length;
      await new Promise(setImmediate);
    }
    await sent;
    expect(heard).toBe(500_000);
  });

  test("that nobody reads holds back its writer, and no other stream", async () => {
    const { workload } = await openPair();
    const stuck = await workload.open("web");
    const takes = Array.from({ length: 20 }, () => stuck.write(Buffer.alloc(10_000)));
    expect(takes).toContain(false);
    const pair = await openEcho();
    const beside = await pair.workload.open("web");
    beside.end("hello");
    expect((await buffer(beside)).toString()).toBe("hello");
    expect(stuck.writableLength).toBeGreaterThan(0);
    stuck.destroy();
  });

  test("tells when the far end is there, and what it has said instead", async () => {
    const { workload, vertex } = await openPair();
    const [taken, refused] = [await workload.open("web"), await workload.open("files")];
    vertex.onEvent = (event) => {
      if (event.kind !== "opened") return;
      if (event.service === "web") vertex.session.answer(event.stream);
      else vertex.session.reset(event.stream, 0x05, "there is no files");
    };
    const asked = refused.answered();
    refused.on("error", () => {});
    await taken.answered();
    expect(taken.isAnswered).toBe(true);
    await expect(asked).rejects.toMatchObject({ code: 0x05, message: "there is no files (code 5)", isUntaken: false });
    await expect(refused.answered()).rejects.toBeInstanceOf(StreamError);
    await taken.answered();
  });

  test("is reset by either end, and the code of it arrives", async () => {
    const { workload, vertex } = await openPair();
    const [own, theirs, destroyed] = [await workload.open("a"), await workload.open("b"), await workload.open("c")];
    await vi.waitUntil(() => opensOf(vertex).length === 3);
    own.reset(0x09, "I stop");
    destroyed.destroy();
    vertex.session.reset(theirs.id, 0x02, "");
    vertex.turns.plan();
    const [error] = await once(theirs, "error");
    expect(error).toMatchObject({ code: 0x02 });
    await vi.waitUntil(() => vertex.session.streamCount === 0);
    expect(vertex.events).toContainEqual({ kind: "reset", stream: own.id, code: 0x09, text: "I stop" });
    expect(vertex.events).toContainEqual({ kind: "reset", stream: destroyed.id, code: 0x01, text: "" });
    expect(own.errored).toBeNull();
    await expect(own.answered()).rejects.toBeInstanceOf(StreamError);
  });

  test("waits for a place, in the order in which they were asked for, unless the caller gives up", async () => {
    const { workload, vertex } = await openPair({}, { limits: { streams: 2 } });
    const first = await workload.open("a");
    await workload.open("b");
    await vi.waitUntil(() => opensOf(vertex).length === 2);
    const gaveUp = new AbortController();
    const order: string[] = [];
    const third = workload.open("c").then((stream) => {
      stream.on("error", () => {});
      order.push("c");
    });
    const given = workload.open("d", { signal: gaveUp.signal });
    const fifth = workload.open("e").then(() => order.push("e"));
    gaveUp.abort();
    await expect(given).rejects.toMatchObject({ name: "AbortError" });
    await expect(workload.open("f", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    first.destroy();
    await third;
    await vi.waitUntil(() => opensOf(vertex).length === 3);
    vertex.session.reset(5, 0x02, "");
    vertex.turns.plan();
    await fifth;
    expect(order).toEqual(["c", "e"]);
  });

  test("that the vertex has not looked at can be tried again, and one that it took goes on", async () => {
    const { workload, vertex } = await openPair();
    const taken = await workload.open("web");
    await vi.waitUntil(() => opensOf(vertex).length === 1);
    vertex.onEvent = echoOf(vertex);
    vertex.session.answer(taken.id);
    const untaken = await workload.open("web");
    vertex.session.goAway(SessionCode.stopping, "restart");
    vertex.turns.plan();
    const [[error], [code, text]] = await Promise.all([once(untaken, "error"), once(workload, "goAway")]);
    expect(error).toMatchObject({ code: SessionCode.stopping, isUntaken: true });
    expect([code, text]).toEqual([SessionCode.stopping, "restart"]);
    await expect(workload.open("web")).rejects.toMatchObject({ isUntaken: true });
    taken.end("to the end");
    expect((await buffer(taken)).toString()).toBe("to the end");
  });
});

describe("a flow", () => {
  test("carries datagrams each way, and ends in peace", async () => {
    const { workload, vertex } = await openEcho();
    const flow = await workload.openFlow("dns", { class: "droppable" });
    const heard: string[] = [];
    flow.on("datagram", (bytes) => heard.push(String(bytes)));
    // The caller may use its buffer again as soon as `send` returns.
    const used = Buffer.from("one");
    flow.send(used);
    used.fill("x");
    const second = await workload.openFlow("dns");
    second.send(Buffer.from("and"));
    expect(flow.bytesWaiting + second.bytesWaiting).toBe(flow.sessionBytesWaiting);
    expect(second.bytesWaiting).toBe(3);
    flow.send(Buffer.from(""));
    flow.send(Buffer.alloc(70_000));
    await vi.waitUntil(() => heard.length === 2);
    expect(heard).toEqual(["one", ""]);
    expect([flow.isAnswered, flow.dropped, flow.bytesWaiting, flow.sessionBytesWaiting]).toEqual([true, 1, 0, 0]);
    second.close();
    const closed = once(flow, "close");
    vertex.session.reset(flow.id, SessionCode.done, "");
    vertex.turns.plan();
    expect(await closed).toEqual([undefined]);
    expect(flow.closed).toBe(true);
    const other = await workload.openFlow("dns");
    other.reset();
    await vi.waitUntil(() => vertex.session.streamCount === 0);
  });
});

describe("a workload that serves", () => {
  test("is told who calls, answers, and may refuse", async () => {
    const streams: WorkloadStream[] = [];
    const flows: WorkloadFlow[] = [];
    const path = await listenForTest((socket) => {
      const serve = (stream: WorkloadStream): void => {
        streams.push(stream);
        if (stream.service === "web") void pipeline(stream, stream);
        else stream.reset(0x04, "not for you");
      };
      const echo = (flow: WorkloadFlow): void => {
        flows.push(flow);
        flow.on("datagram", (bytes) => flow.send(bytes));
      };
      void openSession(socket, { onStream: serve, onFlow: echo });
    });
    const socket = connect({ path, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    const vertex = new VertexEnd(socket);
    await vi.waitUntil(() => vertex.events.some(({ kind }) => kind === "ready"));
    const open = (service: string, kind: StreamKind): number =>
      vertex.session.open({ service, kind, trafficClass: 4, principal: "user/bob" })!;
    const [web, files] = [open("web", StreamKind.bytes), open("files", StreamKind.bytes)];
    const flow = open("web", StreamKind.datagrams);
    vertex.session.write(web, Buffer.from("hello"));
    vertex.session.finish(web);
    vertex.session.sendDatagram(flow, Buffer.from("ping"));
    vertex.turns.plan();
    await vi.waitUntil(() => vertex.events.some(({ kind }) => kind === "readable"));
    await vi.waitUntil(() => vertex.events.some(({ kind }) => kind === "datagram"));
    expect(Buffer.from(vertex.session.read(web, 100)).toString()).toBe("hello");
    vertex.turns.plan();
    await vi.waitUntil(() => vertex.events.some((event) => event.kind === "finished" && event.stream === web));
    expect(vertex.events).toContainEqual({ kind: "reset", stream: files, code: 0x04, text: "not for you" });
    expect(streams[0]).toMatchObject({ caller: "user/bob", service: "web", trafficClass: 4 });
    expect(flows[0]).toMatchObject({ caller: "user/bob" });
  });

  test("that serves nothing says so", async () => {
    const { vertex } = await openPair();
    const stream = vertex.session.open({
      service: "web",
      kind: StreamKind.bytes,
      trafficClass: 0,
      principal: "user/bob",
    });
    vertex.turns.plan();
    await vi.waitUntil(() => vertex.events.some(({ kind }) => kind === "reset"));
    expect(vertex.events.at(-1)).toMatchObject({ kind: "reset", stream, code: 0x05 });
  });
});
