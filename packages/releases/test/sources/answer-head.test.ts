import { expect, test } from "vitest";
import { judgeAnswer } from "../../src/sources/answer-head.ts";
import { RATE_MIN, RATE_WINDOW_MS } from "../../src/sources/limits.ts";
import { RateWatch } from "../../src/sources/rate-watch.ts";

test.each([
  ["a whole file", 200, 0, { "content-length": "7" }, 7],
  ["the rest of one", 206, 5, { "content-length": "2", "content-range": "bytes 5-6/7" }, 2],
])("%s is taken", (_, status, offset, headers, octets) => {
  expect(judgeAnswer({ status, headers }, offset)).toEqual({ octets });
});

test.each([
  ["no such file", 404],
  ["not here, and nobody is asked", 504],
])("%s: %d says so", (_, status) => {
  expect(judgeAnswer({ status, headers: {} }, 0)).toBeUndefined();
});

test.each([
  ["a redirect", 302, 0, { location: "http://192.0.2.1/" }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["no length", 200, 0, {}, "ERR_RELEASE_SOURCE_ANSWER"],
  ["an endless length", 200, 0, { "content-length": "1".repeat(30) }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["packed octets", 200, 0, { "content-length": "7", "content-encoding": "gzip" }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["the whole instead of a part", 200, 5, { "content-length": "7" }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["another part", 206, 5, { "content-length": "2", "content-range": "bytes 0-1/7" }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["a part without its place", 206, 5, { "content-length": "2" }, "ERR_RELEASE_SOURCE_ANSWER"],
  ["a mistake of the server", 500, 0, {}, "ERR_RELEASE_SOURCE_ANSWER"],
  ["no room", 503, 0, {}, "ERR_RELEASE_SOURCE_FULL"],
])("%s is a fault: %d", (_, status, offset, headers, code) => {
  expect(() => judgeAnswer({ status, headers }, offset)).toThrow(expect.objectContaining({ code }));
});

test.each([
  ["30", 30_000],
  ["soon", undefined],
  ["-1", undefined],
])("Retry-After: %s", (text, retryAfterMs) => {
  expect(() => judgeAnswer({ status: 503, headers: { "retry-after": text } }, 0)).toThrow(
    expect.objectContaining({ fault: "full", retryAfterMs }),
  );
});

test("a source is too slow when those who wait get too little, and not when its reader takes its time", () => {
  const enough = new RateWatch();
  for (let second = 0; second < 60; second++) expect(enough.handleOctets(RATE_MIN, 1_000)).toBe(false);
  const slow = new RateWatch();
  const outcomes = Array.from({ length: 10 }, () => slow.handleOctets(RATE_MIN - 1, RATE_WINDOW_MS / 10));
  expect(outcomes.indexOf(true)).toBe(9);
  const unread = new RateWatch();
  for (let count = 0; count < 100; count++) expect(unread.handleOctets(1, 0)).toBe(false);
});
