import * as fc from "fast-check";
import type { Entry, HeldEntry, Question } from "../../src/index.ts";

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const part = fc.stringMatching(/^[a-z0-9_-][a-z0-9._-]{0,9}$/);
export const names: fc.Arbitrary<string> = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"));
const integer = fc.integer({ min: 0, max: 999_999_999_999_999 });
const shards = fc.array(fc.record({ hash, size: fc.integer({ min: 1, max: 4_194_304 }) }), { maxLength: 4 });
const live: fc.Arbitrary<Entry> = fc.record(
  {
    name: names,
    turn: fc.integer({ min: 1 }),
    isGone: fc.constant(false),
    shards,
    note: fc.base64String({ maxLength: 40 }),
  },
  { requiredKeys: ["name", "turn", "isGone", "shards"] },
);
const gone: fc.Arbitrary<Entry> = fc.record({
  name: names,
  turn: fc.integer({ min: 1 }),
  isGone: fc.constant(true),
  shards: fc.constant([]),
});
const entries = fc.oneof(live, gone);
export const heldEntries: fc.Arbitrary<HeldEntry> = fc
  .tuple(entries, integer, fc.stringMatching(/^(?:user|service)\/[a-z]{1,9}$/))
  .map(([entry, written, by]) => ({ ...entry, written, by }));

const collection = fc.record({
  scope: fc.constantFrom("cluster", "org/acme", "org/a-b.c"),
  name: fc.constantFrom("a", "backup-1"),
});
const octets = fc.uint8Array({ minLength: 1, maxLength: 300 });

/** Any question that is in order. */
export const questions: fc.Arbitrary<Question> = fc
  .tuple(
    collection,
    integer,
    fc.oneof<fc.Arbitrary<object>[]>(
      fc.record({ op: fc.constant("put-shard"), hash, octets }),
      fc.record({ op: fc.constant("get-shard"), hash }),
      fc.record({ op: fc.constant("have-shards"), hashes: fc.array(hash, { maxLength: 5 }) }),
      fc.record({ op: fc.constant("challenge"), nonce: hash, hashes: fc.array(hash, { maxLength: 16 }) }),
      fc.record({ op: fc.constant("put-entry"), entry: entries }),
      fc.record({ op: fc.constant("get-entry"), name: names }),
      fc.record({
        op: fc.constant("list-entries"),
        prefix: fc.constantFrom("", "data/"),
        after: fc.oneof(fc.constant(""), names),
      }),
      fc.record({ op: fc.constant("list-changes"), book: fc.stringMatching(/^[0-9a-f]{0,32}$/), since: integer }),
      fc.record({ op: fc.constant("get-state") }),
    ),
  )
  .map(([id, recoveryEpoch, rest]) => ({ collection: id, recoveryEpoch, ...rest }) as Question);
