import type { Endpoint } from "@florenetes/facts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  WORKED_AGAIN_MS,
  WORKED_LENGTH_MAX,
  WORKED_NODES_MAX,
  WORKED_OF_ONE_MAX,
} from "../../../src/agent/links/limits.ts";
import { WorkedEndpoints } from "../../../src/agent/links/worked-endpoints.ts";

const NOW = 1_800_000_000_000;

function published(at: number, changes: Partial<Endpoint> = {}): Endpoint {
  const endpoint = `udp://192.0.2.1:${at}`;
  return { id: "e", endpoint, carrier: "quic", reach: "public", priority: 9, weight: 9, ...changes };
}

/** The rows of all that it has told, as a file keeps them. */
function keep(worked: WorkedEndpoints, rows = new Map<string, string>()): Map<string, string> {
  for (const { name, text } of worked.takeRows()) {
    if (text === undefined) rows.delete(name);
    else rows.set(name, text);
  }
  return rows;
}
const again = (rows: ReadonlyMap<string, string>): WorkedEndpoints =>
  new WorkedEndpoints([...rows].map(([name, text]) => ({ name, text })));
const placesOf = (worked: WorkedEndpoints, node: string): (string | undefined)[] =>
  worked.of(node).map(({ endpoint }) => endpoint);

describe("endpoints that worked", () => {
  test("are those that worked last, the newest first, also over a restart", () => {
    const worked = new WorkedEndpoints([]);
    for (let at = 1; at <= 6; at++) worked.handleWorked("b", published(at), NOW + at);
    worked.handleWorked("b", published(4), NOW + 9);
    const expected = [4, 6, 5, 3].map((at) => `udp://192.0.2.1:${at}`);
    expect(placesOf(worked, "b")).toEqual(expected);
    expect(placesOf(again(keep(worked)), "b")).toEqual(expected);
  });

  test("keep the network in which they were, and nothing else that their owner had published", () => {
    const worked = new WorkedEndpoints([]);
    worked.handleWorked("b", published(1, { reach: "local", segment: "10.0.0.0/24", provider: "fibre" }), NOW);
    expect(again(keep(worked)).of("b")).toEqual([
      { ...published(1), id: "worked0", reach: "local", segment: "10.0.0.0/24", priority: 0, weight: 0 },
    ]);
  });

  test("of a thousand nodes with a thousand endpoints each are few, in memory and in the file", () => {
    const worked = new WorkedEndpoints([]);
    const rows = new Map<string, string>();
    for (let turn = 0; turn < 1_000; turn++) {
      for (let at = 0; at < 10; at++) worked.handleWorked(`n${turn}`, published(turn + at), NOW + turn * 10 + at);
      keep(worked, rows);
    }
    expect([...worked.nodes]).toEqual(Array.from({ length: WORKED_NODES_MAX }, (_, at) => `n${936 + at}`));
    expect([...rows.keys()].toSorted()).toEqual([...worked.nodes].toSorted());
    expect(placesOf(worked, "n999")).toHaveLength(WORKED_OF_ONE_MAX);
  });

  test("are written once an hour while nothing changes", () => {
    const worked = new WorkedEndpoints([]);
    let written = 0;
    for (let ms = 0; ms < 10 * WORKED_AGAIN_MS; ms += 10_000) {
      worked.handleWorked("b", published(1), NOW + ms);
      written += worked.takeRows().length;
    }
    expect(written).toBe(10);
  });

  test("are forgotten with their node, and a text that is too long is none", () => {
    const worked = new WorkedEndpoints([]);
    worked.handleWorked("b", published(1), NOW);
    worked.handleWorked("c", published(1, { endpoint: `udp://${"x".repeat(WORKED_LENGTH_MAX)}` }), NOW);
    const rows = keep(worked);
    worked.drop("b");
    expect([...keep(worked, rows).keys(), ...worked.nodes]).toEqual([]);
  });

  test("of a file that somebody has changed are those that are in order, and the others go from the file", () => {
    const good = [{ endpoint: "udp://192.0.2.1:1", reach: "public", at: NOW }];
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, value) => {
        const rows = new Map([
          ["b", JSON.stringify(good)],
          ["c", text],
          ["d", JSON.stringify(value)],
          ["e", JSON.stringify([{ ...good[0], at: -1 }])],
          ["f", JSON.stringify(Array.from({ length: WORKED_OF_ONE_MAX + 1 }, () => good[0]))],
        ]);
        const worked = again(rows);
        return [...worked.nodes].join() === "b" && [...keep(worked, rows).keys()].join() === "b";
      }),
    );
  });
});
