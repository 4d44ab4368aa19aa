import { type NativeStreamEvent, OWN_NUMBERS_MIN } from "@florenetes/data-plane";
import { TrafficClass } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import { Code } from "../../../../src/transport/codes.ts";
import { FlowAccount } from "../../../../src/transport/datagrams/flow-account.ts";
import { WAITING_MAX } from "../../../../src/transport/datagrams/limits.ts";
import { LaneStreams } from "../../../../src/transport/data-plane/native/lane-streams.ts";
import { echo } from "../../../../src/transport/own/echo.ts";
import { OwnFlowTalker, OwnTalker, PatientService } from "../../mesh/own-workloads.ts";

const SERVICE = 3;
const FIRST = OWN_NUMBERS_MIN;
const bytes = Uint8Array.of(1, 2);
const explain = (code: number, text: string): string => (code === Code.noAnswer ? "nobody is there" : text);

/** The name of each order that was given, and what it was called with. */
let orders: unknown[][];
let later: (() => void)[];
let streams: LaneStreams;
/** Whether datagrams are taken. */
let isTaken: boolean;

beforeEach(() => {
  orders = [];
  later = [];
  isTaken = true;
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
      sendDatagram: (...order) => {
        orders.push(["send", ...order]);
        return isTaken;
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
    "takes the next when the last is on its way",
    [asked(7), told, writable],
    [
      ["answer", 7],
      ["write", 7, bytes],
      ["take", 7],
    ],
  ],
  [
    "ends when the peer does",
    [asked(7), told, ended],
    [
      ["answer", 7],
      ["write", 7, bytes],
      ["end", 7],
    ],
  ],
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

describe("a service that takes its time", () => {
  let service: PatientService;
  let account: FlowAccount;
  beforeEach(() => {
    service = new PatientService();
    account = new FlowAccount();
    streams.serve(SERVICE, service, account);
  });

  test("hears who asks, and answers once", () => {
    tell(asked(7));
    const [{ caller, dialled }] = service.streams as [(typeof service.streams)[0]];
    expect(caller).toEqual({ peer: "user/alice", trafficClass: TrafficClass.bulk });
    expect(orders).toEqual([]);
    let talker: OwnTalker | undefined;
    dialled.handleConnected((stream) => (talker = new OwnTalker(stream, ["hello"], false)));
    dialled.handleFailed(Code.targetDown, "");
    tell(told, reset, told);
    expect(talker!.heard).toEqual(["bytes", "reset"]);
    expect(talker!.reset).toEqual({ code: 1, text: "gone" });
    talker!.stream.reset();
    talker!.stream.reset(Code.overBudget);
    expect(orders).toEqual([
      ["answer", 7],
      ["write", 7, Buffer.from("hello")],
      ["take", 7],
      ["reset", 7, Code.workloadReset, ""],
      ["reset", 7, Code.overBudget, ""],
    ]);
    expect(service.givenUp).toBe(0);
  });

  test("refuses by its own code, or hears that nobody waits any more", () => {
    tell(asked(7), asked(8));
    service.streams[0]!.dialled.handleFailed(Code.overBudget, "too many");
    expect(orders).toEqual([["reset", 7, Code.overBudget, "too many"]]);
    tell(reset, { ...reset, workload: 8 }, { ...reset, workload: 8 });
    expect(service.givenUp).toBe(1);
    service.streams[1]!.dialled.handleConnected((stream) => new OwnTalker(stream));
    expect(orders).toHaveLength(1);
  });

  test("takes flows, whose datagrams it hears at once", () => {
    tell(asked(7, true));
    let talker: OwnFlowTalker | undefined;
    service.flows[0]!.dialled.handleConnected((flow) => (talker = new OwnFlowTalker(flow)));
    tell({ kind: "datagram", workload: 7, bytes });
    isTaken = false;
    talker!.flow.send(bytes);
    talker!.flow.reset();
    tell({ ...reset, code: Code.done, text: "" });
    expect(talker!.heard).toEqual(["datagram", "reset"]);
    expect(orders).toEqual([
      ["answer", 7],
      ["send", 7, bytes],
      ["reset", 7, Code.done, ""],
    ]);
    expect(account.drops.queue).toBe(1);
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
  test("has numbers of its own, and hears what comes of it", () => {
    const talkers: OwnTalker[] = [];
    for (const account of [5, 6]) {
      streams.open({ trunk: 2, account, explain }, (stream) => {
        talkers.push(new OwnTalker(stream, ["hello"]));
        return talkers.at(-1)!;
      });
    }
    tell(answered, { ...writable, workload: FIRST }, { ...told, workload: FIRST });
    tell({ ...ended, workload: FIRST }, { ...reset, workload: FIRST }, { ...reset, workload: FIRST + 1 });
    expect(talkers.map(({ heard }) => heard)).toEqual([["answered", "bytes", "end"], ["reset"]]);
    expect(orders).toEqual([
      ["open", FIRST, 2, 5, false],
      ["write", FIRST, Buffer.from("hello")],
      ["open", FIRST + 1, 2, 6, false],
      ["write", FIRST + 1, Buffer.from("hello")],
      ["end", FIRST],
      ["take", FIRST],
    ]);
  });

  test("hears datagrams of a flow behind its answer, of which some that came before are kept", () => {
    const account = new FlowAccount();
    let talker: OwnFlowTalker | undefined;
    streams.openFlow({ trunk: 2, account: 5, explain }, account.drops, (flow) => (talker = new OwnFlowTalker(flow)));
    const datagram = { kind: "datagram", workload: FIRST, bytes } as const;
    for (let count = 0; count < WAITING_MAX + 2; count++) tell(datagram);
    expect(talker!.heard).toEqual([]);
    tell(answered);
    expect(talker!.heard).toHaveLength(1 + WAITING_MAX);
    expect([talker!.heard[0], account.drops.noRoom]).toEqual(["answered", 2]);
    tell(datagram);
    expect(talker!.heard).toHaveLength(2 + WAITING_MAX);
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
