import { expect, test } from "vitest";
import { parseRate } from "../src/index.ts";

test.each([
  ["64 kbit/s", 64_000],
  ["50 Mbit/s", 50_000_000],
  ["50Mbit/s", 50_000_000],
  ["2.5 Gbit/s", 2_500_000_000],
  ["0.001 kbit/s", 1],
])("%s", (text, rate) => {
  expect(parseRate(text)).toBe(rate);
});

test.each([
  "",
  "50",
  "50 Mb/s",
  "50 MB/s",
  "50 mbit/s",
  "-1 Mbit/s",
  "1e9 kbit/s",
  ".5 Gbit/s",
  "50  Mbit/s",
  "50 Mbit/s ",
])("%j is none", (text) => {
  expect(parseRate(text)).toBeUndefined();
});
