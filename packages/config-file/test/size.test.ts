import { expect, test } from "vitest";
import { parseSize } from "../src/size.ts";

test("sizes have units", () => {
  expect(["1 MB", "20GB", "3 TB", "0 GB", "1.5 GB", "1 KB", "9999999 TB"].map(parseSize)).toEqual([
    1e6,
    2e10,
    3e12,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
