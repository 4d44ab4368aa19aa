import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type NativeLaneEvent, type NativeTransitRows, readLaneEvents } from "../src/index.ts";
import { EventWriter } from "./event-writer.ts";

const refusals = ["none", "invalid", "full"] as const;
const causes = ["peer", "local", "idle", "reset"] as const;

/** Writes events as native/link/src/event_bytes.rs does. */
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
      return void begin(5).address(event).blob(event.bytes);
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
      return void begin(13).address(event).int(event.size, 4);
    case "congested":
      return void begin(14).int(event.isCongested ? 1 : 0, 1);
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
    case "transitCounted":
      begin(19).int(event.reader, 4).int(event.number, 4);
      for (const number of numbersOf(event.rows)) out.double(number);
  }
}

/** The rows of a report as native/node/src/lane_transit.rs writes them: columns stand in the order of their interface. */
function numbersOf({ links, pairs, labels }: NativeTransitRows): number[] {
  const numbers = [links.length, pairs.length, labels.length];
  for (const { drops, ...counts } of links) {
    numbers.push(...Object.values(counts), drops.length, ...drops.flatMap((drop) => Object.values(drop)));
  }
  for (const row of [...pairs, ...labels]) numbers.push(...Object.values(row));
  return numbers;
}

function bytesOf(events: readonly NativeLaneEvent[]): Uint8Array {
  const out = new EventWriter();
  for (const event of events) write(out, event);
  return Uint8Array.from(out.bytes);
}

function read(batch: Uint8Array): { readonly events: NativeLaneEvent[]; readonly isWhole: boolean } {
  const events: NativeLaneEvent[] = [];
  const isWhole = readLaneEvents(batch, (event) => events.push(event));
  return { events, isWhole };
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const cluster = uint32;
const session = uint32;
const port = fc.integer({ min: 0, max: 0xffff });
const host = fc.oneof(fc.ipV4(), fc.ipV6());
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
  fc.record({ ...ofKind("datagram"), cluster, host, port, bytes }),
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
  fc.record({ ...ofKind("newest"), session, host, port, size: uint32 }),
  fc.record({ ...ofKind("congested"), session, isCongested: fc.boolean() }),
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
    }),
  }),
);

/** native/link/tests/event_vectors.rs writes them. */
const { events: vectors } = JSON.parse(
  readFileSync(new URL("../vectors/lane-events.json", import.meta.url), "utf8"),
) as { events: { event: Record<string, unknown> & { kind: NativeLaneEvent["kind"] }; hex: string }[] };

test.each(vectors)("what Rust writes is read: $event.kind", ({ event: told, hex }) => {
  const { bytes: digits, spreadMs, ...rest } = told;
  const expected: Record<string, unknown> = rest;
  if (typeof digits === "string") expected["bytes"] = new Uint8Array(Buffer.from(digits, "hex"));
  if (told.kind === "probe") expected["spreadMs"] = spreadMs ?? undefined;
  const { events, isWhole } = read(new Uint8Array(Buffer.from(hex, "hex")));
  expect({ events, isWhole }).toStrictEqual({ events: [expected], isWhole: true });
});

test("there is a vector for each kind of event", () => {
  const kinds: Record<NativeLaneEvent["kind"], true> = {
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
  };
  expect(new Set(vectors.map((vector) => vector.event.kind))).toEqual(new Set(Object.keys(kinds)));
});

test("events come out as they were written, one after the other", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      expect(read(bytesOf(events))).toEqual({ events, isWhole: true });
    }),
  );
});

test("a batch that was cut gives the events before the cut, and says that there were more", () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), fc.nat(), (events, at) => {
      const before = bytesOf(events.slice(0, -1)).length;
      const whole = bytesOf(events);
      const cut = before + 1 + (at % (whole.length - before));
      const isWhole = cut === whole.length;
      expect(read(whole.subarray(0, cut))).toEqual({ events: isWhole ? events : events.slice(0, -1), isWhole });
    }),
  );
});

test("no bytes make it throw, or read beyond them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(event, { maxLength: 3 }), (garbage, events) => {
      const good = bytesOf(events);
      const memory = new Uint8Array(good.length + garbage.length + 50).fill(7);
      memory.set(good);
      memory.set(garbage, good.length);
      const { events: told } = read(memory.subarray(0, good.length + garbage.length));
      expect(told.slice(0, events.length)).toEqual(events);
      for (const each of told) {
        if ("bytes" in each)
          expect(each.bytes.byteOffset + each.bytes.length).toBeLessThanOrEqual(good.length + garbage.length);
      }
    }),
  );
});
