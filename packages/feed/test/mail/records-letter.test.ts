/** Letters that hand records in: what was written is read, and all else is refused without an error. */
import { altered, FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  readRecordsAnswer,
  readRecordsLetter,
  RECORDS_LETTER_HEAD,
  writeRecordsAnswer,
  writeRecordsLetter,
} from "../../src/mail/records-letter.ts";

const letter = Buffer.from("010200000003aabbcc00000001dd", "hex");
const answer = Buffer.from("01020574616b656e06636c6f736564", "hex");

test("octets are those of docs/protocol/fabric-usage.md", () => {
  const records = [Buffer.from("aabbcc", "hex"), Buffer.from("dd", "hex")];
  expect(Buffer.from(writeRecordsLetter(records))).toEqual(letter);
  expect(readRecordsLetter(letter)).toEqual(records);
  expect(Buffer.from(writeRecordsAnswer(["taken", "closed"]))).toEqual(answer);
  expect(readRecordsAnswer(answer)).toEqual(["taken", "closed"]);
  expect(writeRecordsLetter([])).toHaveLength(RECORDS_LETTER_HEAD);
});

test("what was written is read", () => {
  const records = fc.array(
    fc.uint8Array({ maxLength: 300 }).map((of) => Buffer.from(of)),
    { maxLength: 16 },
  );
  fc.assert(
    fc.property(records, (all) => {
      expect(readRecordsLetter(writeRecordsLetter(all))).toEqual(all);
    }),
  );
  const words = fc.array(fc.constantFrom("taken", "full", "closed"), { maxLength: 16 });
  fc.assert(
    fc.property(words, (all) => {
      expect(readRecordsAnswer(writeRecordsAnswer(all))).toEqual(all);
    }),
  );
});

test.each([
  ["of another version", "0200"],
  ["with 17 records", `0111${"00000000".repeat(17)}`],
  ["with more than its records", "010000"],
  ["with a record of more octets than there are", "0101ffffffff00"],
  ["that is empty", ""],
])("a letter %s is refused", (_, hex) => {
  expect(readRecordsLetter(Buffer.from(hex, "hex"))).toBeUndefined();
});

test.each([
  ["of another version", "0200"],
  ["with 17 outcomes", `0111${"0161".repeat(17)}`],
  ["with an outcome that is no name", "01010141"],
])("an answer %s is refused", (_, hex) => {
  expect(readRecordsAnswer(Buffer.from(hex, "hex"))).toBeUndefined();
});

test("octets changed, cut and put in are refused, and never an error", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(300, (random) => {
    const damaged = altered(random, Buffer.from(random.pick([letter, answer])), () => random.bytes(random.below(5)));
    const read = readRecordsLetter(damaged);
    if (read !== undefined) expect(readRecordsLetter(writeRecordsLetter(read))).toEqual(read);
    const outcomes = readRecordsAnswer(damaged);
    if (outcomes !== undefined) expect(readRecordsAnswer(writeRecordsAnswer(outcomes))).toEqual(outcomes);
  });
});
