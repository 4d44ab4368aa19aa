import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readByteRange } from "../../src/serving/byte-range.ts";

test.each([
  [undefined, "whole"],
  ["bytes=0-9", { first: 0, last: 9 }],
  ["bytes=5-", { first: 5, last: 9 }],
  ["bytes=5-5", { first: 5, last: 5 }],
  ["bytes=5-500", { first: 5, last: 9 }],
  ["bytes=-3", { first: 7, last: 9 }],
  ["bytes=-300", { first: 0, last: 9 }],
  ["bytes=10-", "none"],
  ["bytes=999999999999999-", "none"],
  ["bytes=-0", "none"],
  ["bytes=5-4", "whole"],
  ["bytes=-", "whole"],
  ["bytes=0-1,3-4", "whole"],
  ["bytes=0x1-2", "whole"],
  ["bytes= 1-2", "whole"],
  ["lines=1-2", "whole"],
  [`bytes=${"1".repeat(400)}-`, "whole"],
])("of ten octets, %s is %o", (header, range) => {
  expect(readByteRange(header, 10)).toEqual(range);
});

test("whatever it says, a range is within the file", () => {
  const number = fc.oneof(fc.nat(30).map(String), fc.constantFrom("", "-", "1e3", "99999999999999999999"));
  fc.assert(
    fc.property(number, number, fc.nat(20), (from, to, size) => {
      const range = readByteRange(`bytes=${from}-${to}`, size);
      if (typeof range === "string") return;
      expect(range.first).toBeGreaterThanOrEqual(0);
      expect(range.first).toBeLessThanOrEqual(range.last);
      expect(range.last).toBeLessThan(size);
    }),
  );
});
