/**
 * Readers and sources, given octets that look almost right. A short run each time; with FLORENETES_SOAK=<seconds> each test goes on for that
 * long, from a seed of its own. A failure names its seed and its run.
 */
import { altered, FUZZ_TIMEOUT_MS, fuzz, type Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { Violation } from "../src/codes.ts";
import { HAVES_OPEN_MAX } from "../src/limits.ts";
import { MessageReader } from "../src/message-reader.ts";
import { writeMessage } from "../src/message-writer.ts";
import type { Message } from "../src/messages.ts";
import { ReaderEnd, SourceEnd, readerHello, sourceHello } from "./ends.ts";
import { publishedAnswer, publishedBeacon, publishedLetter } from "./mail-vectors.ts";
import { idOf, record } from "./records.ts";
import { messageVectors, shown } from "./vectors.ts";

const timeout = FUZZ_TIMEOUT_MS;
const published = messageVectors().map(({ hex }) => Buffer.from(hex, "hex"));
const records = [
  ...["a", "b", "c", "void", "root"].map((name) => record(name)),
  record("forged", { quality: "forged" }),
  record("early", { quality: "early" }),
  record("long", { size: 20_000, signatures: 16 }),
  Buffer.from("no record"),
];
const ids = [...records.slice(0, -1).map(idOf), "00".repeat(32)];

test(
  "messages with octets changed, cut and put in are read alike in all pieces, and written again",
  { timeout },
  () => {
    fuzz(4_000, (random) => {
      const octets = damaged(random, Buffer.concat([random.pick(published), random.pick(published)]));
      const whole = readAll(octets, octets.length);
      expect(readAll(octets, random.between(1, 40))).toEqual(whole);
      for (const message of whole) {
        if (typeof message === "string") continue;
        expect(readAll(writeMessage(message), 1_000).map(comparable)).toEqual([comparable(message)]);
      }
    });
  },
);

test("a reader bears whatever a source sends", { timeout }, () => {
  fuzz(1_000, (random) => {
    const end = new ReaderEnd();
    let offers = 0;
    let wants = 0;
    for (let step = random.below(60); step >= 0; step--) {
      const message = step > 50 ? hello : madeUp(random);
      if (message.kind === "have") offers++;
      const octets = Buffer.from(writeMessage(message));
      end.receive(random.chance(0.05) ? damaged(random, octets) : octets);
      for (const each of end.sent()) if (each.kind === "want") wants++;
      if (random.chance(0.2)) end.wait(random.below(100_000));
      expect(end.reader.nextTimeout()).toBeGreaterThanOrEqual(0);
    }
    expect(wants).toBeLessThanOrEqual(offers);
    const failed = end.told.indexOf("failed");
    expect(failed === -1 || failed === end.told.length - 1).toBe(true);
    expect(end.taken.every((id) => ids.includes(id))).toBe(true);
  });
});

test("a source bears whatever a reader sends, and gives nothing of other sections", { timeout }, () => {
  fuzz(1_000, (random) => {
    const end = new SourceEnd();
    end.book.add("secret", records[0]!);
    let haves = 0;
    let messages = 0;
    for (let step = random.below(60); step >= 0; step--, messages++) {
      end.book.add(random.pick(["entry", "public", "public"]), record(`r${step}`));
      if (random.chance(0.5)) end.source.handleNews();
      const isHello = random.chance(0.05) || messages === 0;
      const octets = Buffer.from(writeMessage(isHello ? readerHello() : madeUp(random)));
      end.receive(random.chance(0.05) ? damaged(random, octets) : octets);
      for (const answer of end.sent()) {
        if (answer.kind === "have") haves++;
        if (answer.kind === "records") expect(answer.records.map(idOf)).not.toContain(ids[0]);
      }
    }
    expect(haves).toBeLessThanOrEqual(HAVES_OPEN_MAX + messages);
  });
});

const hello = sourceHello([
  { section: "public", sequence: 0 },
  { section: "entry", sequence: 0 },
]);

/** Any message that makes sense somewhere. */
function madeUp(random: Random): Message {
  const some = <Item>(items: readonly Item[], max: number): Item[] =>
    Array.from({ length: random.below(max) }, () => random.pick(items));
  switch (random.below(8)) {
    case 0:
    case 5:
      return { kind: "want", ids: some(ids, 6) };
    case 1:
    case 2:
      return {
        kind: "have",
        section: random.pick(["public", "entry", "public", "other"]),
        sequence: random.below(1_000),
        ids: [random.pick(ids), ...some(ids, 6)],
      };
    case 6:
      return { ...publishedBeacon, hops: 1 + random.below(8) };
    case 7:
      return random.pick([publishedLetter, publishedAnswer]);
    default:
      return { kind: "records", answered: random.below(4), records: some(records, 4) };
  }
}

function readAll(octets: Uint8Array, size: number): (Message | string)[] {
  const reader = new MessageReader();
  const found: (Message | string)[] = [];
  try {
    for (let at = 0; at < octets.length; at += size) {
      reader.feed(octets.subarray(at, at + size));
      for (let next = reader.next(); next !== undefined; next = reader.next()) found.push(next.message ?? "skipped");
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    found.push(error.message);
  }
  return found;
}

function comparable(message: Message | string): unknown {
  return typeof message === "string" ? message : shown(message);
}

function damaged(random: Random, octets: Uint8Array): Buffer {
  return altered(random, octets, () => random.bytes(random.below(5)));
}
