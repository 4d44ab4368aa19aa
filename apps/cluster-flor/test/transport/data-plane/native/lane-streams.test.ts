import { type NativeStreamEvent, OWN_DATAGRAMS_SIZE_MAX, OWN_NUMBERS_MIN } from "@florenetes/data-plane";
import { beforeEach, describe, expect, test } from "vitest";
import { Code } from "../../../../src/transport/codes.ts";
import { FlowAccount } from "../../../../src/transport/datagrams/flow-account.ts";
import { DATAGRAM_SIZE_MAX, WAITING_MAX } from "../../../../src/transport/datagrams/limits.ts";
import { LaneStreams } from "../../../../src/transport/data-plane/native/lane-streams.ts";
import { echo } from "../../../../src/transport/own/echo.ts";
import { OwnFlowTalker, OwnTalker, PatientService } from "../../mesh/own-workloads.ts";

const SERVICE = 3;
const FIRST = OWN_NUMBERS_MIN;
const bytes = Uint8Array.of(1, 2);
const explain = (code: number, text: string): string => (code === Code.noAnswer ? "nobody is there" : text);

/** The name and the arguments of each order that was given. */
let orders: unknown[][];
let later: (() => void)[];
/** Whether the thread takes datagrams. */
let isTaking: boolean;
let streams: LaneStreams;

beforeEach(() => {
  orders = [];
  later = [];
  isTaking = true;
  const record =
    (name: string) =>
    (...order: unknown[]): void =>
      void orders.push([name, ...order]);
  streams = new LaneStreams(
    {
      openStream: record("open"),
      answerStream: record("answer"),
      writeStream: record("write"),
      endStream: record("end"),
      takeStream: record("take"),
      acknowledgeStream: record("acknowledge"),
      resetStream: record("reset"),
      readSession: () => true,
      joinFlow: record("join"),
      partFlow: record("part"),
      takeSession: record("takeSession"),
      leaveSession: record("leave"),
      sendDatagrams: (batch) => {
        orders.push(["send", Buffer.from(batch).toString("hex")]);
        return isTaking;
      },
    },
    (call) => later.push(call),
  );
});

const tell = (...events: readonly NativeStreamEvent[]): void => {
  for (const event of events) streams.handleEvent(event);
};

const asked = (workload: number, isFlow = false, tellsTaken = false): NativeStreamEvent => {
  return { kind: "streamAsked", workload, service: SERVICE, isFlow, tellsTaken, trafficClass: 4, peer: "user/alice" };
};
const answered = { kind: "streamAnswered", workload: FIRST, tellsTaken: false } as const;
const told = { kind: "streamBytes", workload: 7, bytes } as const;
const writable = { kind: "streamWritable", workload: 7 } as const;
const ended = { kind: "streamEnded", workload: 7 } as const;
const reset = { kind: "streamReset", workload: 7, code: 1, text: "gone" } as const;

test.each<[string, readonly NativeStreamEvent[], unknown[][]]>([
  [
    "forgets a stream whose halves have ended",
    [asked(7), ended, told, ended, writable],
    [
      ["answer", 7],
      ["end", 7],
    ],
  ],
  ["forgets a stream that was reset", [asked(7), reset, told, ended], [["answer", 7]]],
  ["knows of no stream that was not asked for", [told, ended, reset], []],
])("echo %s", (_, events, expected) => {
  streams.serve(SERVICE, echo, undefined);
  tell(...events);
  expect(orders).toEqual(expected);
});

describe("a flow's datagrams", () => {
  let account: FlowAccount;
  let talker: OwnFlowTalker;
  beforeEach(() => {
    const service = new PatientService();
    account = new FlowAccount();
    streams.serve(SERVICE, service, account);
    tell(asked(7, true));
    service.flows[0]!.dialled.handleConnected((flow) => (talker = new OwnFlowTalker(flow)));
    orders = [];
  });

  test("leave together at the end of the turn, behind the number of the flow and their lengths", () => {
    talker.flow.send(bytes);
    talker.flow.send(new Uint8Array());
    expect([orders, later.length]).toEqual([[], 1]);
    later.pop()!();
    talker.flow.send(Uint8Array.of(9));
    later.pop()!();
    expect(orders).toEqual([
      ["send", "0000000700020102000000070000"],
      ["send", "00000007000109"],
    ]);
  });

  test("leave before those that the thread reads for the flow", () => {
    const owner = { handleRead: () => {}, handleLeft: () => {} };
    const reader = streams.sessions.open(5, bytes, owner)!;
    talker.flow.send(bytes);
    reader.join(3, 7);
    expect(orders).toEqual([
      ["send", "0000000700020102"],
      ["join", 0, 3, 7],
    ]);
  });

  test("leave before a reset", () => {
    talker.flow.send(bytes);
    talker.flow.reset();
    later.pop()!();
    expect(orders).toEqual([
      ["send", "0000000700020102"],
      ["reset", 7, Code.done, ""],
    ]);
  });

  test("are never more in one order than the thread takes at once", () => {
    for (const size of [40_000, 25_524, 0, DATAGRAM_SIZE_MAX, 24]) talker.flow.send(new Uint8Array(size));
    later.pop()!();
    const sizes = orders.map(([, hex]) => String(hex).length / 2);
    expect(sizes).toEqual([OWN_DATAGRAMS_SIZE_MAX, 6 + 6 + DATAGRAM_SIZE_MAX, 30]);
  });

  test("are counted by the service's account when the thread does not take them", () => {
    isTaking = false;
    talker.flow.send(bytes);
    talker.flow.send(bytes);
    later.pop()!();
    expect(account.drops.queue).toBe(2);
  });
});

describe("a stream whose far end tells what its workload has taken", () => {
  let talker: OwnTalker;
  const far = (event: NativeStreamEvent): NativeStreamEvent => ({ ...event, workload: FIRST });
  const taken = (offset: number, isEnd: boolean): NativeStreamEvent => {
    return { kind: "streamTaken", workload: FIRST, offset, isEnd };
  };
  beforeEach(() => {
    streams.open({ trunk: 2, account: 5, explain }, (stream) => (talker = new OwnTalker(stream, ["hello"])));
    expect(talker.stream.tellsTaken).toBeUndefined();
    tell({ ...answered, tellsTaken: true }, far(writable));
    expect(talker.stream.tellsTaken).toBe(true);
  });

  test("is there until the ends were told both ways", () => {
    tell(far(told), far(ended), taken(3, false));
    expect(talker.taken).toEqual({ offset: 3, isEnd: false });
    tell(taken(5, true));
    expect(talker.taken).toEqual({ offset: 5, isEnd: true });
    expect(orders.slice(2)).toEqual([
      ["end", FIRST],
      ["acknowledge", FIRST, bytes.length, false],
      ["take", FIRST],
      ["acknowledge", FIRST, bytes.length, true],
    ]);
    tell(far(reset));
    expect(talker.reset).toBeUndefined();
  });

  test("is there while its own workload has not taken the end", () => {
    talker.isTaking = false;
    tell(far(ended), taken(5, true), far(reset));
    expect(talker.reset).toEqual({ code: 1, text: "gone" });
  });

  test("is there while the far workload has not", () => {
    tell(far(ended), taken(5, false), far(reset));
    expect(talker.reset).toEqual({ code: 1, text: "gone" });
  });
});

describe("what this process opens", () => {
  test("hears datagrams of a flow behind its answer, of which some that came before are kept", () => {
    const account = new FlowAccount();
    let talker: OwnFlowTalker | undefined;
    streams.openFlow({ trunk: 2, account: 5, explain }, account.drops, (flow) => (talker = new OwnFlowTalker(flow)));
    const three = { kind: "datagrams", workload: FIRST, bytes: Uint8Array.of(0, 2, 1, 2, 0, 0, 0, 1, 9) } as const;
    const one = { kind: "datagrams", workload: FIRST, bytes: Uint8Array.of(0, 2, 1, 2) } as const;
    for (let count = 0; count < WAITING_MAX - 1; count++) tell(one);
    tell(three);
    expect(talker!.heard).toEqual([]);
    tell(answered);
    expect(talker!.heard).toHaveLength(1 + WAITING_MAX);
    expect([talker!.heard[0], account.drops.noRoom]).toEqual(["answered", 2]);
    tell(three);
    expect(talker!.heard).toHaveLength(4 + WAITING_MAX);
    expect(talker!.received.slice(-4).map((each) => each.toString("hex"))).toEqual(["0102", "0102", "", "09"]);
  });

  test("hears more about its end than the thread knows", () => {
    let talker: OwnTalker | undefined;
    streams.open({ trunk: 2, account: 5, explain }, (stream) => (talker = new OwnTalker(stream)));
    tell({ ...reset, workload: FIRST, code: Code.noAnswer, text: "" });
    expect(talker!.reset).toEqual({ code: Code.noAnswer, text: "nobody is there" });
  });

  test("is refused in a turn of its own, and gives no orders", () => {
    const refusal = { code: Code.stopping, reason: "" };
    let talker: OwnTalker | undefined;
    let flow: OwnFlowTalker | undefined;
    streams.refuse((stream) => (talker = new OwnTalker(stream, ["hello"])), refusal);
    streams.refuseFlow((own) => (flow = new OwnFlowTalker(own)), refusal);
    flow!.flow.send(bytes);
    expect([talker!.heard, flow!.heard, orders]).toEqual([[], [], []]);
    for (const call of later) call();
    for (const { reset: by } of [talker!, flow!]) expect(by).toEqual({ code: Code.stopping, text: "" });
  });
});
