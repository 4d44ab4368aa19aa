import * as fc from "fast-check";
import { type NativeLaneEvent, type NativeTransitRows, readLaneEvents } from "../src/index.ts";
import { testEvents } from "./event-suite.ts";
import type { EventWriter } from "./event-writer.ts";

const refusals = ["none", "invalid", "full"] as const;
const causes = ["peer", "local", "idle", "reset"] as const;

/** Writes events as native/link does. */
function write(out: EventWriter, event: NativeLaneEvent): void {
  const begin = (kind: number): EventWriter =>
    out.int(kind, 1).int("cluster" in event ? event.cluster : event.session, 4);
  switch (event.kind) {
    case "udpOpened":
      return void begin(1).address(event);
    case "udpFailed":
      return void begin(2).int(event.errno, 4).text(event.text);
    case "portOpened":
      return void begin(3);
    case "portFailed":
      return void begin(4).text(event.code).text(event.text);
    case "datagram":
      return void begin(5).address(event).text(event.local).blob(event.bytes);
    case "message":
      return void begin(6).blob(event.bytes);
    case "portConnected":
      return void begin(7);
    case "portDisconnected":
      return void begin(8);
    case "portWritable":
      return void begin(9);
    case "portVersion":
      return void begin(10).int(event.version, 1);
    case "stream":
      return void begin(11).blob(event.bytes);
    case "probe":
      return void begin(12)
        .double(event.spreadMs ?? -1)
        .blob(event.bytes);
    case "newest":
      return void begin(13).address(event).text(event.local).int(event.size, 4);
    case "congested":
      return void begin(14).int(event.congestedClasses, 1);
    case "silent":
      return void begin(15);
    case "closed":
      return void begin(16)
        .int(causes.indexOf(event.cause), 1)
        .int(event.isApplication ? 1 : 0, 1)
        .double(event.code)
        .text(event.reason);
    case "left":
      return void begin(17);
    case "transitTaken":
      return void begin(18).int(event.table, 4).int(event.changes, 4).int(refusals.indexOf(event.refusal), 1);
    case "clusterRemoved":
      return void begin(20);
    case "transitCounted":
      begin(19).int(event.reader, 4).int(event.number, 4);
      for (const number of numbersOf(event.rows)) out.double(number);
  }
}

/** The rows of a report as native/lane/src/report_bytes.rs writes them: columns stand in the order of their interface. */
function numbersOf({ links, pairs, labels, classes }: NativeTransitRows): number[] {
  const numbers = [links.length, pairs.length, labels.length, classes.length];
  for (const { drops, ...counts } of links) {
    numbers.push(...Object.values(counts), drops.length, ...drops.flatMap((drop) => Object.values(drop)));
  }
  for (const row of [...pairs, ...labels, ...classes]) numbers.push(...Object.values(row));
  return numbers;
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const cluster = uint32;
const session = uint32;
const port = fc.integer({ min: 0, max: 0xffff });
const host = fc.oneof(fc.ipV4(), fc.ipV6());
const local = fc.oneof(fc.constant(""), host);
const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const count = fc.maxSafeNat();
const rowsOf = <Row>(row: fc.Arbitrary<Row>): fc.Arbitrary<Row[]> => fc.array(row, { maxLength: 4 });
const ofKind = <K extends NativeLaneEvent["kind"]>(kind: K): { readonly kind: fc.Arbitrary<K> } => ({
  kind: fc.constant(kind),
});

const event: fc.Arbitrary<NativeLaneEvent> = fc.oneof(
  fc.record({ ...ofKind("udpOpened"), cluster, host, port }),
  fc.record({ ...ofKind("udpFailed"), cluster, errno: uint32, text }),
  fc.record({ ...ofKind("portOpened"), cluster }),
  fc.record({ ...ofKind("portFailed"), cluster, code: text, text }),
  fc.record({ ...ofKind("datagram"), cluster, host, port, local, bytes }),
  fc.record({ ...ofKind("message"), cluster, bytes }),
  fc.record({ ...ofKind("portConnected"), cluster }),
  fc.record({ ...ofKind("portDisconnected"), cluster }),
  fc.record({ ...ofKind("portWritable"), cluster }),
  fc.record({ ...ofKind("portVersion"), cluster, version: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ ...ofKind("stream"), session, bytes }),
  fc.record({
    ...ofKind("probe"),
    session,
    spreadMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
    bytes,
  }),
  fc.record({ ...ofKind("newest"), session, host, port, local, size: uint32 }),
  fc.record({ ...ofKind("congested"), session, congestedClasses: fc.nat(255) }),
  fc.record({ ...ofKind("silent"), session }),
  fc.record({
    ...ofKind("closed"),
    session,
    cause: fc.constantFrom(...causes),
    isApplication: fc.boolean(),
    code: fc.maxSafeNat(),
    reason: text,
  }),
  fc.record({ ...ofKind("left"), session }),
  fc.record({ ...ofKind("clusterRemoved"), cluster }),
  fc.record({
    ...ofKind("transitTaken"),
    cluster,
    table: uint32,
    changes: uint32,
    refusal: fc.constantFrom(...refusals),
  }),
  fc.record({
    ...ofKind("transitCounted"),
    cluster,
    reader: uint32,
    number: uint32,
    rows: fc.record({
      links: rowsOf(
        fc.record({
          link: uint32,
          packetsForwarded: count,
          bytesIn: count,
          packetsOut: count,
          bytesOut: count,
          packetsRefused: count,
          drops: rowsOf(fc.record({ cause: fc.integer({ min: 1, max: 16 }), packets: count, label: uint32 })),
        }),
      ),
      pairs: rowsOf(fc.record({ link: uint32, outLink: uint32, packetsPassed: count, packetsLimited: count })),
      labels: rowsOf(fc.record({ link: uint32, label: uint32, packets: count })),
      classes: rowsOf(
        fc.record({
          link: uint32,
          outLink: uint32,
          share: uint32,
          trafficClass: uint32,
          packets: count,
          bytes: count,
          packetsDenied: count,
        }),
      ),
    }),
  }),
);

testEvents<NativeLaneEvent>({
  write,
  read: readLaneEvents,
  event,
  kinds: {
    udpOpened: true,
    udpFailed: true,
    portOpened: true,
    portFailed: true,
    datagram: true,
    message: true,
    portConnected: true,
    portDisconnected: true,
    portWritable: true,
    portVersion: true,
    stream: true,
    probe: true,
    newest: true,
    congested: true,
    silent: true,
    closed: true,
    left: true,
    transitTaken: true,
    transitCounted: true,
    clusterRemoved: true,
  },
  vectors: "lane-events.json",
  noKinds: [0, 21, 255],
});
