import { expect, test } from "vitest";
import type { FactBook } from "@florenetes/facts";
import { RunningTime } from "../../../src/agent/records/running-time.ts";

/** A map that counts how often its entries are read. */
class CountedMap extends Map<string, number> {
  reads = 0;

  override [Symbol.iterator](): MapIterator<[string, number]> {
    this.reads++;
    return super[Symbol.iterator]();
  }
}

function bookWith(ran: ReadonlyMap<string, number>): FactBook {
  return { recovery: { waiting: [], ran } } as unknown as FactBook;
}

test("times are written once for each whole step, and when one is gone", () => {
  const ran = new Map<string, number>();
  const book = bookWith(ran);
  const running = new RunningTime(ran, 0);
  expect(running.pollKept(book)).toBeUndefined();
  ran.set("one", 10.5);
  expect(running.pollKept(book)).toEqual(new Map([["one", 10]]));
  ran.set("one", 59_999);
  expect(running.pollKept(book)).toBeUndefined();
  ran.set("one", 60_000);
  expect(running.pollKept(book)).toEqual(new Map([["one", 60_000]]));
  ran.delete("one");
  ran.set("other", 60_000);
  expect(running.pollKept(book)).toEqual(new Map([["other", 60_000]]));
  ran.clear();
  expect(running.pollKept(book)).toEqual(new Map());
  expect(running.pollKept(book)).toBeUndefined();
  expect(running.pollKept(undefined)).toBeUndefined();
});

test("a node with no root that waits is asked for its times for nothing", () => {
  const ran = new CountedMap();
  const running = new RunningTime(new Map(), 0);
  for (let turn = 0; turn < 1_000; turn++) expect(running.pollKept(bookWith(ran))).toBeUndefined();
  expect(ran.reads).toBe(0);
});
