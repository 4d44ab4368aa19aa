/** Letters of the kind `routes`: what was written is read, and all else is refused without an error. */
import { readFileSync } from "node:fs";
import { altered, FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ACKNOWLEDGED_MAX, ASKS_MAX, LETTER_SIZE_MAX, WAIT_SECONDS_MAX } from "../../src/mail/limits.ts";
import { fitRecords } from "../../src/mail/papers.ts";
import {
  type Acknowledgement,
  readRoutesAnswer,
  readRoutesLetter,
  roomForRecords,
  type RoutesAnswer,
  type RoutesLetter,
  writeRoutesAnswer,
  writeRoutesLetter,
} from "../../src/mail/routes-letter.ts";
import { mailFile, publishedRoutesAnswer, publishedRoutesLetter } from "../mail-vectors.ts";

const published = (
  JSON.parse(readFileSync(mailFile, "utf8")) as { readonly routes: Record<"letter" | "answer", string> }
).routes;
const letterOctets = Buffer.from(published.letter, "hex");
const answerOctets = Buffer.from(published.answer, "hex");

test("the published bodies are read and written", () => {
  expect(Buffer.from(writeRoutesLetter(publishedRoutesLetter))).toEqual(letterOctets);
  expect(readRoutesLetter(letterOctets)).toEqual(publishedRoutesLetter);
  expect(Buffer.from(writeRoutesAnswer(publishedRoutesAnswer))).toEqual(answerOctets);
  expect(readRoutesAnswer(answerOctets)).toEqual(publishedRoutesAnswer);
});

function times<Each>(count: number, each: Each): Each[] {
  return Array.from({ length: count }, () => each);
}

const octets = fc.uint8Array({ maxLength: 300 }).map((of) => Buffer.from(of));
const records = fc.array(octets, { maxLength: 16 });
const pair = fc.tuple(fc.nat(1_000), fc.integer({ min: 1_001, max: 1_048_575 }));
const acknowledged: fc.Arbitrary<readonly Acknowledgement[]> = fc.array(
  fc.record({
    id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((id) => Buffer.from(id).toString("hex")),
    outcome: fc.constantFrom("taken", "no-offer", "first-link"),
    left: fc.array(pair, { maxLength: 20 }),
  }),
  { maxLength: ACKNOWLEDGED_MAX },
);

test("letters and answers that were written are read", () => {
  const letters: fc.Arbitrary<RoutesLetter> = fc.record({ wait: fc.nat(WAIT_SECONDS_MAX), records, acknowledged });
  const asks = fc.array(
    fc.record({ kind: fc.constantFrom("call" as const, "rest" as const), node: fc.constantFrom("a", "b-1") }),
    {
      maxLength: ASKS_MAX,
    },
  );
  const answers: fc.Arbitrary<RoutesAnswer> = fc.record({ records, hasMore: fc.boolean(), asks });
  fc.assert(
    fc.property(letters, answers, (letter, answer) => {
      expect(readRoutesLetter(writeRoutesLetter(letter))).toEqual(letter);
      expect(readRoutesAnswer(writeRoutesAnswer(answer))).toEqual(answer);
    }),
  );
});

test("records for which a letter has room beside its acknowledgements fit into it, to the last octet", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6_000), { minLength: 1, maxLength: 16 }), acknowledged, (sizes, told) => {
      const all = sizes.map((size) => new Uint8Array(size));
      const { fit } = fitRecords(all, roomForRecords(told));
      expect(writeRoutesLetter({ wait: 1, records: fit, acknowledged: told }).length).toBeLessThanOrEqual(
        LETTER_SIZE_MAX,
      );
    }),
  );
  const [one] = publishedRoutesLetter.acknowledged;
  const full = new Uint8Array(roomForRecords([one!]) - 4);
  expect(writeRoutesLetter({ wait: 1, records: [full], acknowledged: [one!] })).toHaveLength(LETTER_SIZE_MAX);
  const many = Array.from({ length: 5 }, () => ({ ...one!, left: times(448, [1, 2] as const) }));
  expect(roomForRecords(many)).toBeLessThan(0);
});

const letter = publishedRoutesLetter;
const [told] = letter.acknowledged;
test.each<readonly [string, RoutesLetter]>([
  ["asks to wait for too long", { ...letter, wait: WAIT_SECONDS_MAX + 1 }],
  ["has 17 records", { ...letter, records: times(17, new Uint8Array(1)) }],
  ["has too many acknowledgements", { ...letter, acknowledged: times(ACKNOWLEDGED_MAX + 1, told!) }],
  ["has a reason that is none", { ...letter, acknowledged: [{ ...told!, outcome: "no way" }] }],
  ["has left out too many pairs", { ...letter, acknowledged: [{ ...told!, left: times(449, [1, 2] as const) }] }],
  ["has left out a pair of one link", { ...letter, acknowledged: [{ ...told!, left: [[7, 7]] }] }],
  ["has left out a pair with the higher label first", { ...letter, acknowledged: [{ ...told!, left: [[8, 7]] }] }],
  ["has left out a label that is none", { ...letter, acknowledged: [{ ...told!, left: [[1, 1_048_576]] }] }],
])("a letter that %s is none", (_, broken) => expect(readRoutesLetter(writeRoutesLetter(broken))).toBeUndefined());

test("bodies of another version, and with octets behind them, are none", () => {
  expect(readRoutesLetter(Buffer.concat([Buffer.of(2), letterOctets.subarray(1)]))).toBeUndefined();
  expect(readRoutesLetter(Buffer.concat([letterOctets, Buffer.of(0)]))).toBeUndefined();
  const answer = publishedRoutesAnswer;
  const broken: RoutesAnswer[] = [
    { ...answer, asks: times(ASKS_MAX + 1, answer.asks[0]!) },
    { ...answer, asks: [{ kind: "call", node: "-" }] },
    { ...answer, records: times(17, new Uint8Array(1)) },
  ];
  for (const each of broken) expect(readRoutesAnswer(writeRoutesAnswer(each))).toBeUndefined();
  expect(readRoutesAnswer(Buffer.from("000200", "hex"))).toBeUndefined();
});

test("what a later version asks for is left out", () => {
  const octets = Buffer.from(writeRoutesAnswer({ records: [], hasMore: false, asks: publishedRoutesAnswer.asks }));
  octets[3] = 9;
  expect(readRoutesAnswer(octets)).toEqual({ records: [], hasMore: false, asks: [] });
});

test("octets changed, cut and put in are refused, and never an error", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(300, (random) => {
    const damaged = altered(random, Buffer.from(random.pick([letterOctets, answerOctets])), () =>
      random.bytes(random.below(5)),
    );
    const read = readRoutesLetter(damaged);
    if (read !== undefined) expect(readRoutesLetter(writeRoutesLetter(read))).toEqual(read);
    const answer = readRoutesAnswer(damaged);
    if (answer !== undefined) expect(readRoutesAnswer(writeRoutesAnswer(answer))).toEqual(answer);
  });
});
