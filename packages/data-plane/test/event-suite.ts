/** Tests that the events of both data threads pass. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventWriter } from "./event-writer.ts";

interface Format<Event extends { readonly kind: string }> {
  /** Writes an event as Rust does. */
  readonly write: (out: EventWriter, event: Event) => void;
  /** Reads a batch; false: some of the batch could not be read. */
  readonly read: (batch: Uint8Array, onEvent: (event: Event) => void) => boolean;
  readonly event: fc.Arbitrary<Event>;
  readonly kinds: Record<Event["kind"], true>;
  /** A file of `vectors`, written by event_vectors.rs of native/link or native/cluster: bytes in hexadecimal, null for undefined. */
  readonly vectors: string;
  /** Numbers that stand for no kind of event. */
  readonly noKinds: readonly number[];
}

export function testEvents<Event extends { readonly kind: string }>(format: Format<Event>): void {
  const { event } = format;

  function bytesOf(events: readonly Event[]): Uint8Array {
    const out = new EventWriter();
    for (const each of events) format.write(out, each);
    return Uint8Array.from(out.bytes);
  }

  function read(batch: Uint8Array): { readonly events: Event[]; readonly isWhole: boolean } {
    const events: Event[] = [];
    const isWhole = format.read(batch, (each) => events.push(each));
    return { events, isWhole };
  }

  const { events: vectors } = JSON.parse(
    readFileSync(new URL(`../vectors/${format.vectors}`, import.meta.url), "utf8"),
  ) as { events: { event: Record<string, unknown> & { kind: string }; hex: string }[] };

  test("bytes of a batch that the addon gives as a Buffer are copied by `slice`", () => {
    const withBytes = vectors.filter(({ event }) => "bytes" in event);
    expect(withBytes.length).toBeGreaterThan(0);
    for (const { hex } of withBytes) {
      const batch = Buffer.from(hex, "hex");
      const copies = read(batch).events.map((event) => (event as unknown as { bytes: Uint8Array }).bytes.slice());
      const before = copies.map(String);
      batch.fill(0);
      expect(copies.map(String)).toEqual(before);
    }
  });

  test.each(vectors)("what Rust writes is read: $event.kind", ({ event: told, hex }) => {
    const { bytes: digits, ...rest } = told;
    const fields = Object.entries(rest).map(([name, value]) => [name, value ?? undefined]);
    const expected: Record<string, unknown> = Object.fromEntries(fields);
    if (typeof digits === "string") expected["bytes"] = new Uint8Array(Buffer.from(digits, "hex"));
    const batch = new Uint8Array(Buffer.from(hex, "hex"));
    expect(read(batch)).toStrictEqual({ events: [expected], isWhole: true });
  });

  test("there is a vector for each kind of event", () => {
    expect(new Set(vectors.map((vector) => vector.event.kind))).toEqual(new Set(Object.keys(format.kinds)));
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
          if ("bytes" in each && each.bytes instanceof Uint8Array)
            expect(each.bytes.byteOffset + each.bytes.length).toBeLessThanOrEqual(good.length + garbage.length);
        }
      }),
    );
  });

  test.each(format.noKinds)("kind %i is none", (kind) => {
    expect(read(Uint8Array.of(kind, 0, 0, 0, 1, 0, 0, 0, 0))).toEqual({ events: [], isWhole: false });
  });
}
