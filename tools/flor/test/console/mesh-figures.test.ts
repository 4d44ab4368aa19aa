import { SectionWriter, TREND_STEP_MS, TREND_STEPS, TrendLine } from "@florenetes/console";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { consolePicture } from "../../src/console/console-picture.ts";
import { figureTables } from "../../src/console/figure-tables.ts";
import { MeshFigures } from "../../src/console/mesh-figures.ts";
import { CAUSES_MAX, SWITCHES_MAX } from "../../src/mesh-status/limits.ts";
import { drawPicture } from "../../src/mesh-status/mesh-picture.ts";
import { silentNode } from "../../src/mesh-status/node-answer.ts";
import type { NodeAnswer } from "../../src/mesh-status/node-facts.ts";
import { readClusterLoad, readLinkFlorLoad } from "../../src/mesh-status/node-load.ts";
import { answersWith, clusterStatus, EXPECTED, linkStatus } from "../mesh-status-fixture.ts";

/** The cells of a row whose first ones are as given, by their headers. */
function rowOf(figures: MeshFigures, now: number, ...first: readonly string[]): Record<string, string> {
  for (const { header, rows } of figureTables(figures, now)) {
    const row = rows.find((cells) => first.every((text, at) => cells[at] === text));
    if (row !== undefined && header.length >= first.length && header[first.length] !== undefined)
      if (first.length > 1 || header[1] === "STATE")
        return Object.fromEntries(row.map((cell, at) => [header[at]!, typeof cell === "string" ? cell : cell.text]));
  }
  throw new Error(`no row ${first.join(" ")}`);
}

function answer(cluster: object = {}, link: object = {}): Partial<NodeAnswer> {
  return { clusterFlor: { status: clusterStatus("a", cluster) }, linkFlor: { status: linkStatus("a", link) } };
}

const tunnels = (total: number, refused: object = {}): object => {
  const [tunnel] = clusterStatus("a").tunnels;
  return { tunnels: [{ ...tunnel, connections: { open: 3, total, refused } }] };
};

test("gauges are there with the first answer, and rates with the second", () => {
  const figures = new MeshFigures(EXPECTED);
  figures.handleAnswers(answersWith({ a: answer(tunnels(10)) }), 0);
  expect(rowOf(figures, 0, "a")).toMatchObject({ STATE: "nominal", STREAMS: "3", NEW: "-", REFUSED: "-" });
  const drops = { forwarding: { unknownLabel: 14, linkDown: 5 }, transport: {}, florio: {} };
  const later = answer({ ...tunnels(60, { TARGET_DOWN: 5 }), drops });
  figures.handleAnswers(answersWith({ a: later }), 5_000);
  expect(rowOf(figures, 5_000, "a")).toEqual({
    NODE: "a",
    STATE: "nominal",
    STREAMS: "3",
    NEW: "10/s",
    REFUSED: "1.0/s (most: TARGET_DOWN)",
    "DROPPED BY CLUSTER-FLOR": "3.0/s (most: unknownLabel)",
    "DROPPED BY LINK-FLOR": "0/s",
    "PRESSURE OF CLUSTER-FLOR": "12 %",
    "PRESSURE OF LINK-FLOR": "12 %",
    ACTION: "",
  });
  expect(rowOf(figures, 5_000, "a", "b")).toEqual({
    NODE: "a",
    LINK: "b",
    OUT: "1.5 Mb/s",
    IN: "980 b/s",
    QUEUE: "3 packets",
    DROPPED: "0/s",
  });
});

test("a process that has started anew has no rates, and an answer that is the former one says nothing", () => {
  const figures = new MeshFigures(EXPECTED);
  figures.handleAnswers(answersWith({ a: answer(tunnels(1_000)) }), 0);
  const again = answersWith({ a: answer({ ...tunnels(5), startedAt: "2026-11-21T00:00:00.000Z" }) });
  figures.handleAnswers(again, 5_000);
  expect(rowOf(figures, 5_000, "a")["NEW"]).toBe("-");
  figures.handleAnswers(again, 6_000);
  figures.handleAnswers(answersWith({ a: answer({ ...tunnels(15), startedAt: "2026-11-21T00:00:00.000Z" }) }), 10_000);
  expect(rowOf(figures, 10_000, "a")["NEW"]).toBe("2.0/s");
});

test("pressure is told with its reasons and what the program asks for", () => {
  const figures = new MeshFigures(EXPECTED);
  const pressure = { level: "critical", score: 97, reasons: ["memory", "queue"], action: "refuse-new" };
  figures.handleAnswers(answersWith({ a: answer({ pressure }) }), 0);
  expect(rowOf(figures, 0, "a")).toMatchObject({
    STATE: "CRITICAL",
    "PRESSURE OF CLUSTER-FLOR": "97 %",
    ACTION: "cluster-flor: refuse-new (critical by memory, queue)",
  });
});

test("a node whose figures cannot be had is told so, and why", () => {
  const figures = new MeshFigures(EXPECTED);
  figures.handleAnswers(answersWith({ a: silentNode("no route"), b: { linkFlor: { silence: "gone" } } }), 0);
  expect(rowOf(figures, 0, "a")).toMatchObject({
    STATE: "UNKNOWN",
    STREAMS: "-",
    ACTION: "no figures of cluster-flor: no route; no figures of link-flor: no route",
  });
  expect(rowOf(figures, 0, "b")).toMatchObject({ STATE: "UNKNOWN", ACTION: "no figures of link-flor: gone" });
  // A status without figures, as of another version, has all else.
  const bare = answer({ pressure: undefined });
  figures.handleAnswers(answersWith({ a: bare, c: answer() }), 1);
  expect(rowOf(figures, 1, "a")["ACTION"]).toMatch(/^no figures of cluster-flor: its status has none/);
  // Another vertex answers in the place of c.
  expect(rowOf(figures, 1, "c")["ACTION"]).toMatch(/^no figures of cluster-flor: it is a of cluster demo/);
});

test("switches of routes are told by reason, with the time that they took", () => {
  const figures = new MeshFigures(EXPECTED);
  const [path] = clusterStatus("a").paths;
  const switches = [{ reason: "timeout", switches: 3, lastMs: 410.4, meanMs: 500, longestMs: 900 }];
  figures.handleAnswers(answersWith({ a: answer({ paths: [{ ...path, switches }] }) }), 0);
  expect(rowOf(figures, 0, "a", path!.name)).toMatchObject({
    REASON: "timeout",
    COUNT: "3",
    "LAST TOOK": "410 ms",
    MEAN: "500 ms",
    LONGEST: "900 ms",
  });
});

test("what a node makes up is bounded, and is no markup", () => {
  const evil = "<script>alert(1)</script>";
  const drops = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`${evil}${at}`, at]));
  const switches = Array.from({ length: 10_000 }, () => {
    return { reason: evil, switches: 1, lastMs: 1, meanMs: 1, longestMs: 1 };
  });
  const links = Array.from({ length: 10_000 }, (_, at) => ({
    ...clusterStatus("a").links[0],
    name: `${evil}${at}`,
    packetsDropped: 0,
    figures: null,
  }));
  const [path] = clusterStatus("a").paths;
  const changes = { drops: { forwarding: drops, transport: {}, florio: {} }, paths: [{ ...path, switches }], links };
  const figures = new MeshFigures(EXPECTED);
  const told = clusterStatus("a", changes);
  expect(told.load!.drops.size).toBe(CAUSES_MAX + 1);
  expect([...told.load!.drops.values()].reduce((sum, value) => sum + value, 0)).toBe(49_995_000);
  expect(told.load!.switches).toHaveLength(SWITCHES_MAX);
  const answers = answersWith({ a: { clusterFlor: { status: told } } });
  figures.handleAnswers(answers, 0);
  const tables = figureTables(figures, 0);
  expect(tables[1]!.rows.filter(([node]) => node === "a")).toHaveLength(1);
  const picture = consolePicture(EXPECTED.mesh, drawPicture(EXPECTED, answers), tables);
  const page = [...new SectionWriter().write(picture).values()].map(({ text }) => text).join("");
  expect(page).not.toContain("<script");
});

test("whatever JSON a node answers becomes figures, or none", () => {
  const load = readClusterLoad({ ...clusterStatus("a"), nothing: 1 });
  expect(load).toBeNull();
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (pressure, rest) => {
      for (const status of [rest, { pressure, clusters: rest, links: rest, paths: rest, drops: rest }]) {
        expect(() => readClusterLoad(status)).not.toThrow();
        expect(() => readLinkFlorLoad(status)).not.toThrow();
      }
    }),
  );
});

test("a trend has the largest value of each step, and forgets what is older than ten minutes", () => {
  expect(TREND_STEPS * TREND_STEP_MS).toBe(600_000);
  const line = new TrendLine();
  line.put(5, 0);
  line.put(3, TREND_STEP_MS - 1);
  line.put(2, 3 * TREND_STEP_MS);
  expect(line.values(3 * TREND_STEP_MS).slice(-4)).toEqual([5, null, null, 2]);
  expect(line.values(4 * TREND_STEP_MS).slice(-5)).toEqual([5, null, null, 2, null]);
  expect(line.values(62 * TREND_STEP_MS)).toEqual([2, ...Array.from({ length: TREND_STEPS - 1 }, () => null)].slice(0));
  expect(line.values(1e9).every((value) => value === null)).toBe(true);
});

test("a trend is that of a list of all values", () => {
  const events = fc.array(fc.tuple(fc.nat({ max: 200_000 }), fc.nat({ max: 100 })), { maxLength: 60 });
  fc.assert(
    fc.property(events, (steps) => {
      const line = new TrendLine();
      const all: [number, number][] = [];
      let now = 0;
      for (const [pause, value] of steps) {
        now += pause;
        all.push([Math.floor(now / TREND_STEP_MS), value]);
        line.put(value, now);
      }
      const last = Math.floor(now / TREND_STEP_MS);
      const expected = Array.from({ length: TREND_STEPS }, (_, at) => {
        const values = all.flatMap(([step, value]) => (step === last - TREND_STEPS + 1 + at ? [value] : []));
        return values.length === 0 ? null : Math.max(...values);
      });
      expect(line.values(now)).toEqual(expected);
    }),
    { examples: [[[]], [[[0, 1]]], [[[700_000, 1]]]] },
  );
});
