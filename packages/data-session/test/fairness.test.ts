/** The order in which streams' bytes are sent; a stream without credit holds up no other. */
import { TrafficClass } from "@florenetes/forwarding";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "../src/frame-reader.ts";
import { StreamKind } from "../src/frames.ts";
import { TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import { type End, openPair } from "./pair.ts";

const piece = Buffer.alloc(32_768, "x");

/** Returns each stream's share of the next `total` bytes that an end sends, while all streams write whenever they can. */
function sharesOf(end: End, streams: readonly number[], total: number): Map<number, number> {
  const shares = new Map<number, number>(streams.map((stream) => [stream, 0]));
  const reader = new FrameReader();
  reader.lengthMax = 65_535;
  const out = new Uint8Array(TRANSMIT_SIZE_MIN);
  for (let sent = 0; sent < total;) {
    for (const stream of streams) end.session.write(stream, piece);
    const size = end.session.pollTransmit(out);
    if (size === 0) break;
    sent += size;
    reader.feed(out.subarray(0, size));
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame === "skipped" || (frame.kind !== "data" && frame.kind !== "datagram")) continue;
      shares.set(frame.stream, (shares.get(frame.stream) ?? 0) + frame.bytes.length);
    }
  }
  return shares;
}

describe("the order", () => {
  test("classes share by weight, and droppable waits for all of them", () => {
    const { workload, settle } = openPair({}, { limits: { streamWindow: 100_000_000 } });
    const classes = ["dns", "interactive", "reliable", "bulk", "droppable"] as const;
    const streams = classes.map((name) => workload.open({ trafficClass: TrafficClass[name] }));
    settle();
    const shares = [...sharesOf(workload, streams, 20_000_000).values()];
    const [dns, interactive, reliable, bulk, droppable] = shares as [number, number, number, number, number];
    expect(interactive / dns).toBeCloseTo(1, 1);
    expect(interactive / reliable).toBeCloseTo(4, 0);
    expect(reliable / bulk).toBeCloseTo(4, 0);
    expect(droppable).toBe(0);
  });

  test("streams of a class have the same, whether they send bytes, small datagrams or the largest", () => {
    const { workload, settle } = openPair({}, { limits: { streamWindow: 100_000_000 } });
    const sizes = [65_507, 40_000];
    const streams = [workload.open(), workload.open()];
    const flows = sizes.map(() => workload.open({ kind: StreamKind.datagrams }));
    settle();
    const shares = new Map<number, number>();
    for (let round = 0; round < 200; round++) {
      for (const [at, flow] of flows.entries()) {
        workload.session.sendDatagram(flow, Buffer.alloc(sizes[at]!));
        workload.session.sendDatagram(flow, Buffer.alloc(sizes[at]!));
      }
      for (const [id, share] of sharesOf(workload, streams, 60_000)) shares.set(id, (shares.get(id) ?? 0) + share);
    }
    const all = [...shares.values()];
    expect(all).toHaveLength(4);
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(1.3);
  });

  test("a new interactive stream does not wait for what bulk has written before", () => {
    const { workload, settle } = openPair({}, { limits: { streamWindow: 1_000_000 } });
    const bulk = Array.from({ length: 100 }, () => workload.open({ trafficClass: TrafficClass.bulk }));
    settle();
    for (const stream of bulk) workload.session.write(stream, piece);
    const out = new Uint8Array(TRANSMIT_SIZE_MIN);
    workload.session.pollTransmit(out);
    const interactive = workload.open({ trafficClass: TrafficClass.interactive });
    workload.session.write(interactive, Buffer.from("key"));
    const next = Buffer.from(out.subarray(0, workload.session.pollTransmit(out)));
    expect(next.indexOf("key")).toBeGreaterThan(0);
    expect(next.indexOf("key")).toBeLessThan(40_000);
  });
});

describe("credit", () => {
  test("a stream that nobody reads blocks no other, and holds no more than its window", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300_000 }), (stalled, size) => {
        const { workload, vertex, settle } = openPair(
          { limits: { streamWindow: 5_000 } },
          { limits: { streamWindow: 5_000 } },
        );
        const unread = Array.from({ length: stalled }, () => workload.open());
        let taken = 0;
        for (let round = 0; round < 5; round++) {
          for (const stream of unread) taken += workload.session.write(stream, piece);
          settle();
        }
        expect(taken).toBe(stalled * 5_000);
        const lively = workload.open();
        const sent = Buffer.alloc(size, "y");
        const arrived: Buffer[] = [];
        let written = 0;
        const write = (): void => {
          written += workload.session.write(lively, sent.subarray(written));
          if (written === size) workload.session.finish(lively);
        };
        write();
        settle((end, events) => {
          if (end === vertex && events.some(({ kind }) => kind === "readable")) arrived.push(vertex.readAll(lively));
          if (end === workload && events.some(({ kind }) => kind === "writable")) write();
        });
        expect(Buffer.compare(Buffer.concat(arrived), sent)).toBe(0);
        expect(vertex.kindsOf(lively)).toContain("ended");
      }),
      { numRuns: 25 },
    );
  });

  test("a window that is used grows, within what all windows share, and gives it back", () => {
    const { workload, vertex, settle } = openPair();
    const fill = (stream: number): number => {
      let taken = 0;
      for (let last = -1; last !== 0; taken += last) {
        last = workload.session.write(stream, piece);
        settle();
      }
      return taken;
    };
    const limitOf = (stream: number): number => {
      for (let round = 0; round < 10; round++) {
        fill(stream);
        vertex.readAll(stream);
        settle();
      }
      return fill(stream);
    };
    const streams = Array.from({ length: 20 }, () => workload.open());
    const limits = streams.map(limitOf);
    expect(limits[0]).toBeGreaterThan(900_000);
    expect(limits.at(-1)).toBeLessThan(300_000);
    expect(limits.reduce((sum, limit) => sum + limit)).toBeLessThanOrEqual(16_777_216 + 20 * 16_384);
    for (const stream of streams) vertex.session.reset(stream, 0, "");
    settle();
    expect(limitOf(workload.open())).toBeGreaterThan(900_000);
  });
});
