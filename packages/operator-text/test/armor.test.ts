import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isArmored, readArmor, writeArmor } from "../src/index.ts";

const block = writeArmor("FLORENETES THING", Buffer.from("x".repeat(60)));

describe("armour", () => {
  test("gives back any octets, after mail has done to white space what it does", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const text = writeArmor("FLORENETES THING", octets);
      expect(readArmor("FLORENETES THING", text)).toEqual(Buffer.from(octets));
      expect(readArmor("FLORENETES THING", `\n \n${text.replaceAll("\n", " \t\r\n")}\n`)).toEqual(Buffer.from(octets));
    });
    fc.assert(property);
  });

  test.each([
    ["another label", block.replaceAll("THING", "OTHER")],
    ["no end", block.split("-----END")[0]!],
    ["two blocks", block + block],
    ["a blank within a line", block.replace("eHh4", "eHh4 ")],
    ["lines of another length", block.replace("eHh4", "eHh4\n")],
    ["nothing", " \n"],
  ])("is refused with %s", (_, text) => expect(readArmor("FLORENETES THING", text)).toBeUndefined());

  test("is known by its first line", () => {
    expect(isArmored("FLORENETES THING", `\n${block}`)).toBe(true);
    expect(isArmored("FLORENETES OTHER", block)).toBe(false);
  });
});
