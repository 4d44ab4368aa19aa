/** Letters of the kind `leader`: what was written is read, and all else is refused without an error. */
import { altered, FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AskedService,
  type GrantedService,
  readLeaderAnswer,
  readLeaderLetter,
  writeLeaderAnswer,
  writeLeaderLetter,
} from "../../src/mail/leader-letter.ts";
import { LED_SERVICES_MAX } from "../../src/mail/limits.ts";

const asked: readonly AskedService[] = [
  { scope: "cluster", service: "web" },
  { scope: "org/acme", service: "db" },
];
const granted: readonly GrantedService[] = [
  { outcome: "granted", leader: "b" },
  { outcome: "no-leader", leader: "" },
];
const letter = Buffer.from("010207636c757374657203776562086f72672f61636d65026462", "hex");
const answer = Buffer.from("02076772616e7465640162096e6f2d6c656164657200", "hex");

test("bodies are as the document has them", () => {
  expect(Buffer.from(writeLeaderLetter(asked))).toEqual(letter);
  expect(readLeaderLetter(letter)).toEqual(asked);
  expect(Buffer.from(writeLeaderAnswer(granted))).toEqual(answer);
  expect(readLeaderAnswer(answer)).toEqual(granted);
});

test("letters and answers that were written are read", () => {
  const name = fc.constantFrom("web", "a.b-c_1", "0");
  const scope = fc.constantFrom("cluster", "org/acme");
  const asks = fc.array(fc.record({ scope, service: name }), { maxLength: LED_SERVICES_MAX });
  const grants = fc.array(fc.record({ outcome: name, leader: fc.oneof(name, fc.constant("")) }), {
    maxLength: LED_SERVICES_MAX,
  });
  fc.assert(
    fc.property(asks, grants, (ask, grant) => {
      expect(readLeaderLetter(writeLeaderLetter(ask))).toEqual(ask);
      expect(readLeaderAnswer(writeLeaderAnswer(grant))).toEqual(grant);
    }),
  );
});

const many = Array.from({ length: LED_SERVICES_MAX + 1 }, () => asked[0]!);
test.each([
  ["of a later version", Buffer.concat([Buffer.of(2), letter.subarray(1)])],
  ["cut short", letter.subarray(0, -1)],
  ["with octets behind it", Buffer.concat([letter, Buffer.of(0)])],
  ["with too many services", writeLeaderLetter(many)],
  ["with a scope that is none", writeLeaderLetter([{ scope: "org/", service: "web" }])],
  ["with a service that is none", writeLeaderLetter([{ scope: "cluster", service: "../web" }])],
  ["without octets", new Uint8Array(0)],
])("a letter %s is none", (_, body) => {
  expect(readLeaderLetter(body)).toBeUndefined();
});

test.each([
  ["with a leader that is none", writeLeaderAnswer([{ outcome: "granted", leader: "B!" }])],
  ["with an outcome that is none", writeLeaderAnswer([{ outcome: "", leader: "" }])],
  ["cut short", answer.subarray(0, -1)],
])("an answer %s is none", (_, body) => {
  expect(readLeaderAnswer(body)).toBeUndefined();
});

test("anything else is refused without an error", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(300, (random) => {
    const body = altered(random, Buffer.from(random.pick([letter, answer])), () => random.bytes(random.below(5)));
    const ask = readLeaderLetter(body);
    if (ask !== undefined) expect(readLeaderLetter(writeLeaderLetter(ask))).toEqual(ask);
    const grant = readLeaderAnswer(body);
    if (grant !== undefined) expect(readLeaderAnswer(writeLeaderAnswer(grant))).toEqual(grant);
  });
});
