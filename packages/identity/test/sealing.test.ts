import { createHash } from "node:crypto";
import { readArmor, writeArmor } from "@florenetes/operator-text";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSealed, openSealed, seal } from "../src/authority/sealing/sealing.ts";
import { bitsOf } from "./bits.ts";

/** The lowest cost that is accepted. */
const cost = 14;
const plain = Buffer.from("what nobody else should read");
const sealed = seal(plain, "correct horse", "BUNDLE", cost);

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
}

const openWith = (text: string, passphrase = "correct horse") => codeOf(() => openSealed(text, passphrase, "BUNDLE"));

/** The block with altered octets, and with a checksum that fits them. */
function forge(alter: (octets: Buffer) => void): string {
  const octets = readArmor("FLORENETES SEALED BUNDLE", sealed)!;
  alter(octets);
  createHash("sha256")
    .update(octets.subarray(0, -32))
    .digest()
    .copy(octets, octets.length - 32);
  return writeArmor("FLORENETES SEALED BUNDLE", octets);
}

describe("what is sealed", () => {
  test("comes back by its passphrase, with the cost that it is made with by default", () => {
    const text = seal(plain, "correct horse", "CA KEY");
    expect(openSealed(text, "correct horse", "CA KEY")).toEqual(plain);
    expect(isSealed(text, "CA KEY")).toBe(true);
    expect(isSealed(text, "BUNDLE")).toBe(false);
    expect(readArmor("FLORENETES SEALED CA KEY", text)![1]).toBe(17);
  });

  test("is another text each time, in which nothing can be read", () => {
    expect(seal(plain, "correct horse", "BUNDLE", cost)).not.toBe(sealed);
    expect(readArmor("FLORENETES SEALED BUNDLE", sealed)!.includes(plain.subarray(0, 8))).toBe(false);
  });

  test("may be empty, or any octets", () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ minLength: 1 }),
      (octets, passphrase) => {
        expect(openSealed(seal(octets, passphrase, "BUNDLE", cost), passphrase, "BUNDLE")).toEqual(Buffer.from(octets));
      },
    );
    fc.assert(property, { numRuns: runs(10, 3) });
  });

  test("opens by the same letters, however the keyboard composes them", () => {
    expect(openSealed(seal(plain, "caf\u00E9", "BUNDLE", cost), "cafe\u0301", "BUNDLE")).toEqual(plain);
  });

  test("survives what mail does to white space", () => {
    const mailed = `\r\n\n${sealed.replaceAll("\n", "  \r\n")}\n\n`;
    expect(openSealed(mailed, "correct horse", "BUNDLE")).toEqual(plain);
    expect(openSealed(sealed.trimEnd(), "correct horse", "BUNDLE")).toEqual(plain);
  });
});

describe("what is sealed is refused", () => {
  test("with a bit of any octet of its text flipped", () => {
    const octets = Buffer.from(sealed);
    const codes = new Set<string | undefined>();
    for (const bit of bitsOf(octets)) {
      octets[bit >> 3]! ^= 1 << (bit & 7);
      codes.add(openWith(octets.toString("utf8")));
      octets[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect([...codes]).toEqual(["ERR_IDENTITY_SEAL_BROKEN"]);
  });

  test("with a wrong passphrase, and when somebody altered it and mended the checksum", () => {
    expect(openWith(sealed, "Correct horse")).toBe("ERR_IDENTITY_PASSPHRASE_WRONG");
    for (const at of [4, 20, 32, 50, 75]) {
      expect(openWith(forge((octets) => (octets[at]! ^= 1)))).toBe("ERR_IDENTITY_PASSPHRASE_WRONG");
    }
  });

  test.each([
    ["another version", 0, 2, "ERR_IDENTITY_VERSION"],
    ["a cheaper derivation", 1, 13, "ERR_IDENTITY_SEAL_BROKEN"],
    ["one for gigabytes", 1, 30, "ERR_IDENTITY_SEAL_BROKEN"],
    ["one of other blocks", 2, 255, "ERR_IDENTITY_SEAL_BROKEN"],
    ["one of many rounds", 3, 255, "ERR_IDENTITY_SEAL_BROKEN"],
    ["a cost that it was not made with", 1, 15, "ERR_IDENTITY_PASSPHRASE_WRONG"],
  ])("for %s", (_, at, value, code) => {
    expect(openWith(forge((octets) => (octets[at] = value)))).toBe(code);
  });

  test("as another content, truncated, extended, empty, oversized", () => {
    expect(codeOf(() => openSealed(sealed, "correct horse", "CA KEY"))).toBe("ERR_IDENTITY_SEAL_BROKEN");
    const renamed = sealed.replaceAll("SEALED BUNDLE", "SEALED CA KEY");
    expect(codeOf(() => openSealed(renamed, "correct horse", "CA KEY"))).toBe("ERR_IDENTITY_PASSPHRASE_WRONG");
    for (let length = 0; length < sealed.length - 1; length += 7) {
      expect(openWith(sealed.slice(0, length))).toBe("ERR_IDENTITY_SEAL_BROKEN");
    }
    for (const text of [`${sealed}x`, `x${sealed}`, sealed + sealed, "x".repeat(40_000_000)]) {
      expect(openWith(text)).toBe("ERR_IDENTITY_SEAL_BROKEN");
    }
    expect(openWith(forge((octets) => octets.fill(0)))).toBe("ERR_IDENTITY_VERSION");
    expect(openWith(writeArmor("FLORENETES SEALED BUNDLE", Buffer.alloc(79)))).toBe("ERR_IDENTITY_SEAL_BROKEN");
  });

  test.each(["", "x".repeat(1025)])("with a passphrase of no use", (passphrase) => {
    expect(codeOf(() => seal(plain, passphrase, "BUNDLE", cost))).toBe("ERR_IDENTITY_PASSPHRASE");
    expect(openWith(sealed, passphrase)).toBe("ERR_IDENTITY_PASSPHRASE");
  });
});
