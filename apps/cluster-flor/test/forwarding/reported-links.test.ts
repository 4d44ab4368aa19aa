/** Numbers of reported links are used again; a link keeps its number for as long as the link vertex may still have its counts. */
import { LINKS_MAX } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import { ReportedLinks } from "../../src/forwarding/reported-links.ts";

const offer = (reported: ReportedLinks, ...peers: string[]): ReadonlySet<number> =>
  reported.handleTable({ links: peers.map((_, at) => 100 + at), keys: peers.map((peer) => ({ peer, tag: "0" })) });
const numberOf = (reported: ReportedLinks, at: number): number => reported.of(at)!.number;

test("a link that comes again has the number that it had", () => {
  const reported = new ReportedLinks();
  offer(reported, "a", "b");
  const [a, b] = [numberOf(reported, 0), numberOf(reported, 1)];
  expect(a).not.toBe(b);
  offer(reported, "c");
  offer(reported, "b", "a");
  expect(reported.of(0)).toEqual({ link: 100, number: b });
  expect(reported.of(1)).toEqual({ link: 101, number: a });
  expect(reported.of(2)).toBeUndefined();
});

test("a hundred thousand links in one life have few numbers, and a number is told of before another link has it", () => {
  const reported = new ReportedLinks();
  const keptBy = new Map<number, string>();
  offer(reported, "stays");
  const stays = numberOf(reported, 0);
  for (let at = 0; at < 100_000; at++) {
    const forgotten = offer(reported, "stays", `p${at}`);
    expect(numberOf(reported, 0)).toBe(stays);
    const number = numberOf(reported, 1);
    if (keptBy.has(number)) throw new Error(`p${at} has the number of ${keptBy.get(number)}, which was not given up`);
    keptBy.set(number, `p${at}`);
    for (const other of forgotten) keptBy.delete(other);
    if (at % 1_000 === 0) {
      expect(forgotten.has(number)).toBe(false);
      expect(forgotten.has(stays)).toBe(false);
    }
  }
  expect(Math.max(...keptBy.keys())).toBeLessThanOrEqual(LINKS_MAX + 3);
  expect(keptBy.size).toBeGreaterThanOrEqual(LINKS_MAX);
});
