import type { Fact } from "@florenetes/facts";
import { expect, test } from "vitest";
import { ObservationShelf } from "../../../src/agent/telemetry/observation-shelf.ts";

const NOON = Date.parse("2026-11-25T12:00:00.000Z");
const LIFE = 300_000;

function observation(subject: string, epoch: number, { scope = "cluster", issued = NOON } = {}): Fact {
  return { subject, scope, epoch, issued, expires: issued + LIFE, id: `${scope} ${subject} ${epoch}` } as Fact;
}

test("a shelf has the newest word of each observer and scope, until it ends", () => {
  const shelf = new ObservationShelf();
  const take = (fact: Fact, wall = NOON): string => shelf.take(fact, new Uint8Array(10), wall);
  expect(take(observation("north/b", 2))).toBe("taken");
  expect(take(observation("north/b", 2))).toBe("taken");
  expect(take(observation("north/b", 1))).toBe("older");
  expect(take(observation("north/a", 1))).toBe("taken");
  expect(take(observation("north/b", 1, { scope: "org/acme" }))).toBe("taken");
  const names = (wall: number): string[] =>
    shelf
      .all(wall)
      .map(({ partition, organization, observer, epoch }) => `${partition}/${organization}/${observer} ${epoch}`);
  expect(names(NOON)).toEqual(["north//a 1", "north//b 2", "north/acme/b 1"]);
  expect(names(NOON + LIFE)).toEqual([]);
  expect(take(observation("north/b", 1), NOON + LIFE)).toBe("taken");
  shelf.forget(NOON + LIFE);
  expect(shelf.size).toBe(1);
});

test("a shelf is bounded in number and octets: words that came longest ago go first", () => {
  const shelf = new ObservationShelf({ rows: 3, size: 250 });
  for (let at = 0; at < 5; at++) shelf.take(observation(`north/n${at}`, 1), new Uint8Array(10), NOON);
  expect(shelf.all(NOON).map(({ observer }) => observer)).toEqual(["n2", "n3", "n4"]);
  shelf.take(observation("north/n5", 1), new Uint8Array(240), NOON);
  expect(shelf.all(NOON).map(({ observer }) => observer)).toEqual(["n4", "n5"]);
});
