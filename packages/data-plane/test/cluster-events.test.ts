import * as fc from "fast-check";
import { type NativeClusterEvent, readClusterEvents } from "../src/index.ts";
import { testEvents } from "./event-suite.ts";
import type { EventWriter } from "./event-writer.ts";

const causes = ["peer", "local", "idle", "reset"] as const;
/** The number that stands for no service, or no connection. */
const none = 0xffff_ffff;
const noWord = 0xff;
/** Kinds of events that say nothing but a port, or a connection. */
const portKinds = { portOpened: 1, portConnected: 4, portDisconnected: 5, portWritable: 6 };
/** Kinds of events that say bytes of a workload, or of a session. */
const blobKinds = { datagrams: 29, streamBytes: 23, sessionBytes: 36, sessionLeft: 37 };
const streamKinds = { streamEnded: 24, streamWritable: 25 };
const connectionKinds = { full: 16, renewal: 18, answered: 34, silent: 35, left: 21 };

/** Writes events as native/cluster does. */
function write(out: EventWriter, event: NativeClusterEvent): void {
  const begin = (kind: number, subject: number): EventWriter => out.int(kind, 1).int(subject, 4);
  switch (event.kind) {
    case "portFailed":
      return void begin(2, event.port).text(event.code).text(event.text);
    case "message":
      return void begin(3, event.port).blob(event.bytes);
    case "portOpened":
    case "portConnected":
    case "portDisconnected":
    case "portWritable":
      return void begin(portKinds[event.kind], event.port);
    case "portVersion":
      return void begin(7, event.port).int(event.version, 1);
    case "packet":
      return void begin(8, event.inLink >>> 0)
        .int(event.service ?? none, 4)
        .flag(event.isGuessing)
        .blob(event.bytes);
    case "question":
      begin(32, event.inLink)
        .int(event.outLink >>> 0, 4)
        .int(event.cause, 1);
      return void out
        .int(event.at ?? noWord, 1)
        .flag(event.isGuessing)
        .blob(event.bytes);
    case "guessing":
      return void begin(9, event.link);
    case "listening":
      return void begin(10, event.tunnel).int(event.tcpPort, 2);
    case "listenFailed":
      return void begin(11, event.tunnel).int(event.errno, 4).text(event.text);
    case "waiting":
      return void begin(12, event.trunk)
        .flag(event.areWaiting)
        .int(event.usedUp ?? none, 4);
    case "used":
      return void begin(13, event.trunk);
    case "resolve":
      return void begin(14, event.service);
    case "refused":
      return void begin(15, event.number)
        .flag(event.isService)
        .int(event.connection ?? none, 4)
        .double(event.code)
        .text(event.text);
    case "failed":
      return void begin(17, event.connection).double(event.streams);
    case "pressure":
      return void begin(27, event.connection).int(event.level, 1).int(event.score, 1).int(event.reasons, 2);
    case "full":
    case "renewal":
    case "answered":
    case "silent":
    case "left":
      return void begin(connectionKinds[event.kind], event.connection);
    case "sizeDoubt":
      return void begin(19, event.connection).flag(event.isByEnd);
    case "unanswered":
      return void begin(33, event.connection).double(event.ms);
    case "closed":
      return void begin(20, event.connection)
        .int(causes.indexOf(event.cause), 1)
        .flag(event.isApplication)
        .double(event.code)
        .text(event.reason);
    case "over":
      return void writeOver(out.int(31, 1), event);
    case "streamAsked":
      return void begin(22, event.workload)
        .int(event.service, 4)
        .flag(event.isFlow)
        .flag(event.tellsTaken)
        .int(event.trafficClass, 1)
        .text(event.peer);
    case "streamAnswered":
      return void begin(28, event.workload).flag(event.tellsTaken);
    case "datagrams":
    case "streamBytes":
      return void begin(blobKinds[event.kind], event.workload).blob(event.bytes);
    case "streamEnded":
    case "streamWritable":
      return void begin(streamKinds[event.kind], event.workload);
    case "streamTaken":
      return void begin(30, event.workload).double(event.offset).flag(event.isEnd);
    case "streamReset":
      return void begin(26, event.workload).double(event.code).text(event.text);
    case "sessionBytes":
    case "sessionLeft":
      return void begin(blobKinds[event.kind], event.session).blob(event.bytes);
  }
}

function writeOver(out: EventWriter, event: Extract<NativeClusterEvent, { kind: "over" }>): EventWriter {
  return out
    .int(event.connection ?? none, 4)
    .int(Math.floor(event.stream / 2 ** 32), 4)
    .int(event.stream >>> 0, 4)
    .int(event.number, 4)
    .flag(event.isService)
    .flag(event.isFlow)
    .flag(event.isRefused)
    .double(event.startedMs)
    .double(event.sent)
    .double(event.received)
    .double(event.code);
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const number = fc.integer({ min: 0, max: none - 1 });
const maybe = fc.option(number, { nil: undefined });
const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const code = fc.maxSafeNat();
const ofKind = <K extends NativeClusterEvent["kind"]>(kind: K): { readonly kind: fc.Arbitrary<K> } => ({
  kind: fc.constant(kind),
});

const event: fc.Arbitrary<NativeClusterEvent> = fc.oneof(
  fc.record({ ...ofKind("portOpened"), port: uint32 }),
  fc.record({ ...ofKind("portFailed"), port: uint32, code: text, text }),
  fc.record({ ...ofKind("message"), port: uint32, bytes }),
  fc.record({ ...ofKind("portConnected"), port: uint32 }),
  fc.record({ ...ofKind("portDisconnected"), port: uint32 }),
  fc.record({ ...ofKind("portWritable"), port: uint32 }),
  fc.record({ ...ofKind("portVersion"), port: uint32, version: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    ...ofKind("packet"),
    inLink: fc.integer({ min: -1, max: 0xffff_fffe }),
    service: maybe,
    isGuessing: fc.boolean(),
    bytes,
  }),
  fc.record({ ...ofKind("guessing"), link: uint32 }),
  fc.record({
    ...ofKind("question"),
    inLink: uint32,
    outLink: fc.integer({ min: -1, max: 0xffff_fffe }),
    cause: fc.integer({ min: 0, max: 255 }),
    at: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
    isGuessing: fc.boolean(),
    bytes,
  }),
  fc.record({ ...ofKind("listening"), tunnel: uint32, tcpPort: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ ...ofKind("listenFailed"), tunnel: uint32, errno: uint32, text }),
  fc.record({ ...ofKind("waiting"), trunk: uint32, areWaiting: fc.boolean(), usedUp: maybe }),
  fc.record({ ...ofKind("used"), trunk: uint32 }),
  fc.record({ ...ofKind("resolve"), service: uint32 }),
  fc.record({ ...ofKind("refused"), number: uint32, isService: fc.boolean(), connection: maybe, code, text }),
  fc.record({ ...ofKind("full"), connection: uint32 }),
  fc.record({ ...ofKind("failed"), connection: uint32, streams: fc.maxSafeNat() }),
  fc.record({ ...ofKind("renewal"), connection: uint32 }),
  fc.record({
    ...ofKind("pressure"),
    connection: uint32,
    level: fc.integer({ min: 0, max: 0xff }),
    score: fc.integer({ min: 0, max: 0xff }),
    reasons: fc.integer({ min: 0, max: 0xffff }),
  }),
  fc.record({ ...ofKind("sizeDoubt"), connection: uint32, isByEnd: fc.boolean() }),
  fc.record({ ...ofKind("unanswered"), connection: uint32, ms: code }),
  fc.record({ ...ofKind("answered"), connection: uint32 }),
  fc.record({ ...ofKind("silent"), connection: uint32 }),
  fc.record({
    ...ofKind("closed"),
    connection: uint32,
    cause: fc.constantFrom(...causes),
    isApplication: fc.boolean(),
    code,
    reason: text,
  }),
  fc.record({ ...ofKind("left"), connection: uint32 }),
  fc.record({
    ...ofKind("streamAsked"),
    workload: uint32,
    service: uint32,
    isFlow: fc.boolean(),
    tellsTaken: fc.boolean(),
    trafficClass: fc.nat(255),
    peer: text,
  }),
  fc.record({
    ...ofKind("over"),
    connection: maybe,
    stream: fc.maxSafeNat(),
    number: uint32,
    isService: fc.boolean(),
    isFlow: fc.boolean(),
    isRefused: fc.boolean(),
    startedMs: fc.maxSafeNat(),
    sent: fc.maxSafeNat(),
    received: fc.maxSafeNat(),
    code,
  }),
  fc.record({ ...ofKind("streamAnswered"), workload: uint32, tellsTaken: fc.boolean() }),
  fc.record({ ...ofKind("datagrams"), workload: uint32, bytes }),
  fc.record({ ...ofKind("streamBytes"), workload: uint32, bytes }),
  fc.record({ ...ofKind("streamEnded"), workload: uint32 }),
  fc.record({ ...ofKind("streamWritable"), workload: uint32 }),
  fc.record({ ...ofKind("streamTaken"), workload: uint32, offset: code, isEnd: fc.boolean() }),
  fc.record({ ...ofKind("streamReset"), workload: uint32, code, text }),
  fc.record({ ...ofKind("sessionBytes"), session: uint32, bytes }),
  fc.record({ ...ofKind("sessionLeft"), session: uint32, bytes }),
);

testEvents<NativeClusterEvent>({
  write,
  read: readClusterEvents,
  event,
  kinds: {
    over: true,
    portOpened: true,
    portFailed: true,
    message: true,
    portConnected: true,
    portDisconnected: true,
    portWritable: true,
    portVersion: true,
    packet: true,
    guessing: true,
    question: true,
    listening: true,
    listenFailed: true,
    waiting: true,
    used: true,
    resolve: true,
    refused: true,
    full: true,
    failed: true,
    renewal: true,
    pressure: true,
    sizeDoubt: true,
    unanswered: true,
    answered: true,
    silent: true,
    closed: true,
    left: true,
    streamAsked: true,
    streamAnswered: true,
    datagrams: true,
    streamBytes: true,
    streamEnded: true,
    streamWritable: true,
    streamTaken: true,
    streamReset: true,
    sessionBytes: true,
    sessionLeft: true,
  },
  vectors: "cluster-events.json",
  noKinds: [0, 38, 255],
});
