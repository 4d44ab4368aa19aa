import * as fc from "fast-check";
import { expect, test } from "vitest";
import { describeChange, describeRecord } from "../src/record-words.ts";
import { factOf } from "./held.ts";
import { DAY, type Members, MINUTE, NOW, record } from "./records.ts";

const words = (members: Members): string => describeRecord(factOf(record(members)), NOW);
const unknown = (body: Members): Members => ({ kind: "later", subject: "a", body });

test("a record is told with its place, its life and its body", () => {
  const fact = factOf(record({ scope: "org/acme", subject: "org/acme", body: { hold: 60 } }));
  expect(describeRecord(fact, NOW).split("\n")).toEqual([
    "policy     org/acme of org/acme, of the cluster demo",
    "epoch      1, generation 1",
    `valid      ${new Date(NOW - MINUTE).toISOString()} to ${new Date(NOW + DAY).toISOString()} (ends in 24 h)`,
    "authority  control",
    `id         sha256:${fact.id}`,
    "  hold  60",
  ]);
  expect(describeRecord(fact, NOW + 2 * DAY)).toContain("(ended 24 h ago)");
  expect(describeRecord(fact)).toContain(`to ${new Date(NOW + DAY).toISOString()}\n`);
});

const COLLECTION = {
  copies: 3,
  holders: ["b/north", "c/north", "d/south"].map((place) => {
    const [node, domain] = place.split("/");
    return { node: node!, domain: domain! };
  }),
  readers: [],
  writers: ["user/alice", "service/backup"],
  retention: 2_592_000,
  unretained: ["locks"],
  "recovery-epoch": 1,
  budget: 1_500_000_000_000,
  recipients: ["age1abc"],
};
const collection = (body: Members, members: Members = {}): string =>
  describeRecord(
    factOf(record({ kind: "collection", subject: "backups", authority: "storage", body, ...members })),
    NOW,
  );

test("a collection is told in words, with what is hardly meant", () => {
  const body = { ...COLLECTION, manifest: "0".repeat(64) };
  expect(collection(body).split("\n").slice(5)).toEqual([
    "  budget          1500000000000 octets (1.5 TB)",
    "  copies          3",
    "  holders         north: b, c; south: d",
    `  manifest        ${"0".repeat(64)}`,
    "  readers         those who write alone",
    "  recipients      age1abc",
    "  recovery-epoch  1",
    "  retention       2592000 s (30 d)",
    "  unretained      locks",
    "  writers         user/alice, service/backup",
    "warning: 3 copies of a shard need 3 domains, and the holders are in 2: what fails as a whole takes several copies with it.",
  ]);
  const two = { ...COLLECTION, copies: 2, holders: COLLECTION.holders.slice(1), writers: [], budget: 4_096 };
  expect(collection(two)).toContain("budget          4096 octets (4.1 kB)");
  expect(
    collection(two)
      .split("\n")
      .filter((line) => line.startsWith("warning")),
  ).toEqual([
    "warning: Of 2 holders none may be away while something is written: with three, one may.",
    "warning: Nobody may write to it.",
  ]);
});

test("a change of a collection is told in the same words", () => {
  const of = { kind: "collection", subject: "backups", authority: "storage" };
  const after = factOf(record({ ...of, body: COLLECTION }));
  const holders = [...COLLECTION.holders, { node: "e", domain: "west" }];
  const next = factOf(record({ ...of, epoch: 2, body: { ...COLLECTION, holders } }));
  expect(describeChange(next, after, NOW).split("\n").slice(5)).toEqual([
    "  holders  north: b, c; south: d -> north: b, c; south: d; west: e",
  ]);
});

test("a change names members that have come, gone and become others", () => {
  const after = factOf(record({ body: { hold: 60, carriers: "any", "stale-limit": 5 } }));
  const next = factOf(record({ epoch: 2, body: { hold: 90, "stale-limit": 5, weights: [] } }));
  expect(describeChange(next, after, NOW).split("\n").slice(-3)).toEqual([
    '  carriers  "any" -> nothing',
    "  hold      60 -> 90",
    "  weights   nothing -> []",
  ]);
  expect(describeChange(next, after, NOW)).toContain("epoch      1 -> 2, generation 1 -> 1");
  expect(describeChange(factOf(record({ epoch: 2 })), factOf(record({})), NOW)).toContain("the body is the same");
});

test.each([
  ["the end of a line", "a\nid         sha256:00", String.raw`"a\u{a}id         sha256:00"`],
  ["a mark that turns text", "a\u202eb", String.raw`"a\u{202e}b"`],
  ["markup", "<b>", '"<b>"'],
  ["a terminal's order", "\u001b[2J", String.raw`"\u{1b}[2J"`],
  ["nothing", "", '""'],
])("the name of a member with %s stays in its line, and is seen", (_, name, shown) => {
  const lines = words(unknown({ [name]: 1 })).split("\n");
  expect(lines).toHaveLength(6);
  expect(lines.at(-1)).toBe(`  ${shown}  1`);
});

test("whatever a body has, each line is of characters that are seen, and there is one for each member", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const body = fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 })), {
    maxKeys: 5,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(body, (members) => {
      const lines = words(unknown(members)).split("\n");
      expect(lines).toHaveLength(5 + Math.max(1, Object.keys(members).length));
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
    { numRuns: 200 },
  );
});
