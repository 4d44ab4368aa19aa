/** The data plane reads a session's socket from the turn on in which a first flow is joined, and the machine of the session stays. */
import { DataSession, Role, StreamKind, TRANSMIT_SIZE_MIN } from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionEnd } from "../../src/sessions/session-end.ts";
import { VertexSession, deafOwner } from "../../src/sessions/vertex-session.ts";
import type { SessionReaderOwner, SessionReaders } from "../../src/transport/own/session-readers.ts";
import type { LocalSocket, LocalSocketOwner } from "../../src/transport/streams/local-network.ts";
import { MemoryBudget } from "../../src/transport/streams/memory-budget.ts";
import { VirtualWorld } from "../transport/worlds/virtual-world.ts";

const DESCRIPTOR = 9;
const NUMBER = 70;
/** An event counts so much beside its bytes. */
const EVENT_SIZE = 100;

/** The vertex's socket, whose other end is `workload`. */
class FakeSocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly isFull = false;
  readonly held = 0;
  readonly untaken = 0;
  readonly hasTakenEnd = false;
  isReading = false;
  canStop = true;
  readonly #workload: DataSession;

  constructor(workload: DataSession) {
    this.#workload = workload;
  }

  write(bytes: Uint8Array): boolean {
    this.#workload.handleBytes(bytes.slice(), 0);
    return true;
  }

  stopReading(): number | undefined {
    if (!this.canStop) return undefined;
    this.isReading = false;
    return DESCRIPTOR;
  }

  pause(): void {
    this.isReading = false;
  }

  resume(): void {
    this.isReading = true;
  }

  end(): void {}
  reset(): void {}
  handleAnswered(): void {}
  checkWorkload(): void {}
}

let world: VirtualWorld;
let workload: DataSession;
let socket: FakeSocket;
let session: VertexSession;
let heard: string[];
let calls: unknown[][];
/** Joined flows and datagrams that this process sends, in their order. */
let order: string[];
let reading: SessionReaderOwner | undefined;
let hasRoom: boolean;

const readers: SessionReaders = {
  open: (descriptor, rest, owner) => {
    calls.push(["open", descriptor, [...rest]]);
    if (!hasRoom) return undefined;
    reading = owner;
    return {
      join: (...call) => {
        calls.push(["join", ...call]);
        order.push("join");
      },
      part: (...call) => void calls.push(["part", ...call]),
      take: (...call) => void calls.push(["take", ...call]),
      close: () => void calls.push(["close"]),
    };
  },
};

beforeEach(async () => {
  world = new VirtualWorld();
  [heard, calls, order, reading, hasRoom] = [[], [], [], undefined, true];
  workload = new DataSession({ role: Role.workload, name: "test", isReaderFar: true }, 0);
  socket = new FakeSocket(workload);
  const host = { time: world.drivers(), budget: new MemoryBudget(1_000_000), vertex: "a" };
  session = new VertexSession(
    host,
    socket,
    {},
    {
      ...deafOwner,
      handleAuthenticate: () => session.accept("user/alice"),
      handleOpened: ({ stream }) => session.join(stream, endOf()),
    },
  );
  await world.until(() => socket.isReading);
  say();
  await world.until(() => ready());
});
afterEach(() => world.close());

const endOf = (): SessionEnd => ({
  carried: { number: NUMBER, readers },
  handleEvent: (event) => {
    order.push(event.kind);
    heard.push(event.kind === "datagram" ? Buffer.from(event.bytes).toString() : event.kind);
  },
  handleLost: (code) => void heard.push(`lost ${code}`),
  handleRoom: () => {},
});

function ready(): boolean {
  for (let event = workload.pollEvent(); event !== undefined; event = workload.pollEvent())
    if (event.kind === "ready" || event.kind === "pong") return true;
  return false;
}

/** All bytes that the workload has to say. */
function said(): Uint8Array {
  const out = new Uint8Array(TRANSMIT_SIZE_MIN);
  return out.slice(0, workload.pollTransmit(out));
}

/** The vertex's own socket reads what the workload says, and these bytes behind it. */
function say(more: Uint8Array = new Uint8Array()): void {
  socket.owner!.handleLocalData(Buffer.concat([said(), more]));
}

function open(): number {
  const { datagrams: kind } = StreamKind;
  return workload.open({ service: "web", trafficClass: TrafficClass.reliable, kind, principal: "" })!;
}

/** Tells bytes that the data plane has read. */
function told(bytes: Uint8Array): void {
  reading!.handleRead(bytes, bytes.length + EVENT_SIZE);
}

/** A session that the data plane reads. */
async function carried(): Promise<number> {
  const flow = open();
  say();
  await world.until(() => reading !== undefined);
  return flow;
}

describe("a session's socket", () => {
  test("is the data plane's once a flow is joined, with the beginning of a frame that was read", async () => {
    workload.ping(0);
    const ping = said();
    const flow = open();
    say(ping.subarray(0, 14));
    await world.until(() => reading !== undefined);
    expect(calls).toEqual([
      ["open", DESCRIPTOR, [...ping.subarray(0, 14)]],
      ["join", flow, NUMBER],
    ]);
    expect(socket.isReading).toBe(false);
    // The data plane gives the frame whole, as it comes.
    told(ping.subarray(0, 14));
    told(ping.subarray(14));
    await world.until(() => ready());
    const second = open();
    told(said());
    await world.until(() => calls.length === 3);
    expect(calls[2]).toEqual(["join", second, NUMBER]);
  });

  test("is left to datagrams of a flow once those that came behind its opening are sent", async () => {
    await carried();
    const second = open();
    workload.sendDatagram(second, Buffer.from("behind its opening"));
    told(said());
    await world.until(() => calls.length === 3 && heard.length === 1);
    expect(order).toEqual(["join", "datagram", "join"]);
    // A flow that is over in its first turn is none of the data plane's.
    const third = open();
    const opening = said();
    workload.reset(third, 0, "");
    told(Buffer.concat([opening, said()]));
    await world.until(() => heard.length === 2);
    expect([heard[1], calls.length]).toEqual(["reset", 3]);
  });

  test("is not asked for while there is no flow, while it cannot be had, or twice", async () => {
    workload.ping(0);
    say();
    await world.until(() => ready());
    expect(calls).toEqual([]);
    socket.canStop = false;
    const flow = open();
    say();
    workload.sendDatagram(flow, Buffer.from("by the event loop"));
    say();
    await world.until(() => heard.length === 1);
    expect([calls, heard]).toEqual([[], ["by the event loop"]]);
    [socket.canStop, hasRoom] = [true, false];
    workload.sendDatagram(flow, Buffer.from("no room"));
    const cut = said();
    say(cut.subarray(0, 15));
    await world.until(() => calls.length === 1);
    expect(socket.isReading).toBe(true);
    say(cut.subarray(15));
    await world.until(() => heard.length === 2);
    expect([calls.length, heard[1]]).toEqual([1, "no room"]);
  });

  test("is read on by this process when the data plane gives it back", async () => {
    const flow = await carried();
    workload.sendDatagram(flow, Buffer.from("given back"));
    const bytes = said();
    reading!.handleLeft(bytes.subarray(0, 13));
    expect(socket.isReading).toBe(true);
    say(bytes.subarray(13));
    await world.until(() => heard.length === 1);
    expect([heard, calls.length]).toEqual([["given back"], 2]);
  });

  test("is heard of, and given credit, as far as its bytes are handled", async () => {
    await carried();
    for (let sent = 0; sent < 3; sent++) {
      await world.sleep(50_000);
      told(new Uint8Array());
    }
    expect(session.isClosed).toBe(false);
    const unknown = Buffer.alloc(12 + 20_000);
    unknown.set([200, 0x80, 20_000 >> 8, 20_000 & 0xff]);
    told(unknown);
    expect(calls.filter(([call]) => call === "take")).toEqual([]);
    told(unknown);
    await world.until(() => calls.some(([call]) => call === "take"));
    expect(calls.at(-1)).toEqual(["take", 2 * unknown.length + 5 * EVENT_SIZE]);
  });

  test("is left when its flow or the session is over", async () => {
    const flow = await carried();
    workload.reset(flow, 0, "");
    told(said());
    await world.until(() => calls.length === 3);
    expect([calls[2], heard]).toEqual([["part", flow], ["reset"]]);
    socket.owner!.handleLocalClose(true);
    expect(calls[3]).toEqual(["close"]);
  });
});
