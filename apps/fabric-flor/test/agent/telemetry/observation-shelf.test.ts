import type { Fact, ObservationBody } from "@florenetes/facts";
import { expect, test } from "vitest";
import { OBSERVER_ROWS_MAX } from "../../../src/agent/telemetry/limits.ts";
import { ObservationShelf } from "../../../src/agent/telemetry/observation-shelf.ts";

const NOON = Date.parse("2026-11-25T12:00:00.000Z");
const LIFE = 300_000;
const BODY: ObservationBody = { since: NOON, cells: [], versions: [], otherVersions: 0 };

function observation(subject: string, epoch: number, { scope = "cluster", issued = NOON } = {}): Fact {
  return { subject, scope, epoch, issued, expires: issued + LIFE, id: `${scope} ${subject} ${epoch}` } as Fact;
}

const observers = (shelf: ObservationShelf): string[] => shelf.all(NOON).map(({ observer }) => observer);

test("a shelf has the newest word of each observer and scope, until it ends", () => {
  const shelf = new ObservationShelf();
  const take = (fact: Fact, time = NOON): string => shelf.take(fact, BODY, 10, time);
  expect(take(observation("north/b", 2))).toBe("taken");
  expect(take(observation("north/b", 2))).toBe("taken");
  expect(take(observation("north/b", 1))).toBe("older");
  expect(take(observation("north/a", 1))).toBe("taken");
  expect(take(observation("north/b", 1, { scope: "org/acme" }))).toBe("taken");
  const names = (time: number): string[] =>
    shelf
      .all(time)
      .map(({ partition, organization, observer, epoch }) => `${partition}/${organization}/${observer} ${epoch}`);
  expect(names(NOON)).toEqual(["north//a 1", "north//b 2", "north/acme/b 1"]);
  expect(names(NOON + LIFE)).toEqual([]);
  expect(take(observation("north/b", 1), NOON + LIFE)).toBe("taken");
  shelf.forget(NOON + LIFE);
  expect(shelf.size).toBe(1);
});

test("an observer that says more than there is room for takes it from itself", () => {
  const shelf = new ObservationShelf();
  shelf.take(observation("north/a", 1), BODY, 10, NOON);
  for (let at = 0; at < 5_000; at++) shelf.take(observation("south/b", 1, { scope: `org/o${at}` }), BODY, 13_500, NOON);
  expect(observers(shelf)).toEqual(["a", ...Array.from({ length: OBSERVER_ROWS_MAX }, () => "b")]);
  expect(shelf.all(NOON).some(({ organization }) => organization === "o4999")).toBe(true);
});

test("a shelf is bounded in number and octets: the oldest words of the observer that has most go first", () => {
  const shelf = new ObservationShelf({ rows: 4, size: 250, observerRows: 3 });
  const take = (observer: string, scope: string, octets = 10): string =>
    shelf.take(observation(`north/${observer}`, 1, { scope }), BODY, octets, NOON);
  for (const scope of ["cluster", "org/x", "org/y"]) take("greedy", scope);
  take("a", "cluster");
  take("b", "cluster");
  expect(observers(shelf)).toEqual(["a", "b", "greedy", "greedy"]);
  take("greedy", "org/z", 240);
  // The greedy one has most, and loses all of its own.
  expect(observers(shelf)).toEqual(["a", "b"]);
});
