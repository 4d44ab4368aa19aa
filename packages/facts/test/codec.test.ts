import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCanonical, writeCanonical } from "../src/canonical.ts";
import {
  ENVELOPE_SIZE_MAX,
  isRecordText,
  readEnvelope,
  readRecordText,
  recordIdOf,
  toBeSigned,
  writeEnvelope,
  writeRecordText,
} from "../src/envelope.ts";
import { readFact, signPayload, writePayload } from "../src/fact.ts";
import { judge } from "../src/judge.ts";
import { PAYLOAD_SIZE_MAX, ROOT_PAYLOAD_SIZE_MAX } from "../src/limits.ts";
import { root1 } from "./cases/scene.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import { control, NOW, payload, record } from "./records.ts";

const octetsOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const signature = fc.record({
  keyId: octetsOf(32).map((octets) => Buffer.from(octets).toString("hex")),
  octets: octetsOf(64),
});
const signatures = fc.uniqueArray(signature, { maxLength: 16, selector: ({ keyId }) => keyId });
/** Values that a payload may hold, up to the depth that is allowed. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.maxSafeNat(),
    fc.string({ unit: "binary" }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("any"), { maxKeys: 4 }),
  ),
})).any;
const object = fc.dictionary(fc.string({ unit: "binary" }), value);

describe("an envelope", () => {
  test("is read as it was written", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), signatures, (payload, signatures) => {
      const envelope = readEnvelope(writeEnvelope({ payload, signatures }));
      if (typeof envelope === "string") throw new Error(envelope);
      expect(Buffer.from(envelope.payload)).toEqual(Buffer.from(payload));
      expect(envelope.signatures.map(({ keyId, octets }) => ({ keyId, octets: new Uint8Array(octets) }))).toEqual(
        signatures,
      );
    });
    fc.assert(property);
  });

  test("has at most 16 KiB of payload, and 64 KiB for the root authority", () => {
    const beginning = '{"authority":"root",';
    const made = (text: string): unknown => readEnvelope(writeEnvelope({ payload: Buffer.from(text), signatures: [] }));
    expect(made("x".repeat(PAYLOAD_SIZE_MAX))).toHaveProperty("payload");
    expect(() => made("x".repeat(PAYLOAD_SIZE_MAX + 1))).toThrow(RangeError);
    expect(made(beginning.padEnd(ROOT_PAYLOAD_SIZE_MAX))).toHaveProperty("payload");
    expect(() => made(beginning.padEnd(ROOT_PAYLOAD_SIZE_MAX + 1))).toThrow(RangeError);
    expect(readEnvelope(new Uint8Array(ENVELOPE_SIZE_MAX + 1))).toBe("too-large");
  });

  test("is not written with signatures that could not be read", () => {
    const one = { keyId: "00".repeat(32), octets: new Uint8Array(64) };
    const payload = new Uint8Array();
    const many = Array.from({ length: 17 }, (_, at) => ({ ...one, keyId: at.toString(16).padStart(64, "0") }));
    for (const signatures of [[one, one], many, [{ ...one, keyId: "00" }], [{ ...one, octets: new Uint8Array(63) }]]) {
      expect(() => writeEnvelope({ payload, signatures })).toThrow(RangeError);
    }
  });

  test("is the same as text", () => {
    const octets = record({});
    expect(readRecordText(writeRecordText(octets))).toEqual(octets);
    expect(isRecordText(writeRecordText(octets))).toBe(true);
    expect(readRecordText(writeRecordText(octets).replace("FACT", "TALE"))).toBeUndefined();
  });
});

describe("a payload", () => {
  test("is read as it was written", () => {
    const property = fc.property(object, (object) => {
      const octets = writeCanonical(object);
      expect(writeCanonical(readCanonical(octets)!)).toEqual(octets);
      expect(JSON.parse(octets.toString())).toEqual(JSON.parse(JSON.stringify(object)));
    });
    fc.assert(property, { numRuns: runs(1_000, 200) });
  });

  test("has one form: other octets with the same content are refused", () => {
    const property = fc.property(object, fc.nat(), (object, place) => {
      const text = writeCanonical(object).toString();
      const at = place % (text.length + 1);
      const spaced = `${text.slice(0, at)} ${text.slice(at)}`;
      const read = readCanonical(Buffer.from(spaced));
      // Within a text a blank is part of the content.
      if (read !== undefined) expect(read).not.toEqual(JSON.parse(text));
    });
    fc.assert(property, { numRuns: runs(1_000, 200) });
  });

  test.each([{ a: 1.5 }, { a: -1 }, { a: 2 ** 53 }, { a: [[[[[[[[]]]]]]]] }, { a: Number.NaN }, { a: "\ud800" }])(
    "is not written from %j",
    (object) => expect(() => writeCanonical(object)).toThrow(),
  );

  test("comes back from a fact", () => {
    const fact = factOf(record({ issuer: undefined }));
    const { id: _id, envelope, isKnown: _known, ...members } = fact;
    expect(writePayload(members)).toEqual(Buffer.from(envelope.payload));
    expect(fact.id).toBe(recordIdOf(envelope.payload));
  });
});

describe("a record with any octet changed", () => {
  const octets = record({ epoch: 2 });
  const options = { authority: authorityOf([root1]), held: heldOf([]), now: NOW, development: false };
  const accepted = (octets: Uint8Array): string | undefined => {
    const judgement = judge(octets, options);
    return judgement.isAccepted ? judgement.fact.id : undefined;
  };

  test("is refused", () => {
    expect(accepted(octets)).toBeDefined();
    for (let at = 0; at < octets.length; at++) {
      const changed = Buffer.from(octets);
      changed[at]! ^= 1 << (at % 8);
      expect(accepted(changed)).toBeUndefined();
    }
  });

  test("is another record where all sign it anew", () => {
    const id = accepted(octets);
    const text = payload({ epoch: 2 });
    for (let at = 0; at < text.length; at++) {
      const changed = Buffer.from(text);
      changed[at]! ^= 1;
      expect(accepted(signPayload(changed, control))).not.toBe(id);
    }
  });

  test("is refused wherever it is cut", () => {
    for (let end = 0; end < octets.length; end++) expect(readFact(octets.subarray(0, end), "demo")).toBe("envelope");
  });
});

test("what is signed begins with words that nothing else begins with", () => {
  expect(toBeSigned(Buffer.from("{}")).toString("latin1")).toBe("FLORENETES FACT\0\x01{}");
});
