import { type Fact, readFact } from "@florenetes/facts";
import { signPayload, writePayload } from "@florenetes/facts";
import { expect, test } from "vitest";
import { RecentNews, writeNodeReport } from "../../../src/agent/orders/node-report.ts";
import { OutcomeShelf } from "../../../src/agent/orders/outcome-shelf.ts";
import { newKey } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const key = newKey("a");

function outcome(node: string, epoch: number, text = ""): readonly [Fact, Uint8Array] {
  const slot = { kind: "outcome", scope: "cluster", subject: node, authority: "node", issuer: node } as const;
  const body = { order: "5b".repeat(32), action: "report", state: "done", text };
  const times = { epoch, generation: 0, issued: NOW, expires: NOW + 1_000 };
  const octets = signPayload(writePayload({ cluster: "demo", ...slot, ...times, body }), [key]);
  return [readFact(octets, "demo") as Fact, octets];
}

test("the last outcome of a node counts, and those that came first are let go of", () => {
  const shelf = new OutcomeShelf({ rows: 2, size: 1_000_000 });
  expect(shelf.take(...outcome("a", 2), "k1")).toBe("taken");
  expect(shelf.take(...outcome("a", 1), "k1")).toBe("older");
  expect(shelf.take(...outcome("a", 2), "k1")).toBe("taken");
  shelf.take(...outcome("b", 1), "k1");
  shelf.take(...outcome("a", 3, "later"), "k1");
  shelf.take(...outcome("c", 1), "k1");
  expect([shelf.of("a")?.text, shelf.of("b"), shelf.size]).toEqual(["later", undefined, 2]);
  expect(shelf.takeRows().map(({ name, text }) => `${name} ${text === undefined ? "goes" : "is kept"}`)).toEqual([
    "a is kept",
    "b is kept",
    "a is kept",
    "c is kept",
    "b goes",
  ]);
});

test("whoever had a key of the node before keeps no later word out, and an outcome goes with the end of its record", () => {
  const shelf = new OutcomeShelf();
  expect(shelf.take(...outcome("a", Number.MAX_SAFE_INTEGER), "old")).toBe("taken");
  expect(shelf.take(...outcome("a", 5, "true"), "new")).toBe("taken");
  expect(shelf.of("a")?.text).toBe("true");
  shelf.take(...outcome("b", 1), "k");
  const rows = [...new Map(shelf.takeRows().map(({ name, text = "" }) => [name, { text }])).values()];
  const next = new OutcomeShelf();
  next.restore(rows.toReversed(), (octets) => readFact(octets, "demo") as Fact);
  expect([next.take(...outcome("a", 4), "new"), next.size]).toEqual(["older", 2]);
  next.expire(NOW + 1_000);
  expect(next.size).toBe(0);
});

test("the octets that it holds are bounded, however long their texts are", () => {
  const shelf = new OutcomeShelf({ rows: 1_000, size: 8_000 });
  for (let at = 0; at < 100; at++) shelf.take(...outcome(`n${at}`, 1, "x".repeat(500)), "k1");
  expect(shelf.size).toBeLessThan(10);
  expect(shelf.of("n99")).toBeDefined();
});

test("a report fits, whatever it would tell, and is ASCII", () => {
  const recent = new RecentNews();
  const about = { peer: "\u00e4\u001b".repeat(200) };
  for (let at = 0; at < 100; at++) recent.take({ level: "warn", code: "FEED_MUTED", about, text: "" }, NOW + at);
  const link = {
    name: "n",
    tag: "0",
    code: "TIMEOUT",
    endpoint: null,
    seen: null,
    overlay: true,
    figures: null,
  } as const;
  const links = Array.from({ length: 500 }, (_, at) => ({
    ...link,
    peer: `peer-${at}`,
    state: at < 490 ? ("up" as const) : ("down" as const),
  }));
  const text = writeNodeReport({ about: { node: "d" }, links, news: recent.all() });
  expect(text).toMatch(/^[ -~]{1,8192}$/);
  const read = JSON.parse(text) as { links: { state: string }[]; left: { links: number; news: number } };
  expect(read.links[0]).toMatchObject({ state: "down", code: "TIMEOUT" });
  expect(read.left.links + read.links.length).toBe(500);
  expect(read.left.news).toBeGreaterThan(0);
  expect(writeNodeReport({ about: { all: "x".repeat(9_000) }, links, news: [] })).toBe(
    '{"left":"everything: no part has room"}',
  );
});
