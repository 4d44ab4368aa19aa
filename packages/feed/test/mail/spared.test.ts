/** Nodes that are to be spared: they take beacons rarely, and pass on those alone that a neighbour has of nobody else. */
import { expect, test } from "vitest";
import type { Beacon, Mail } from "../../src/messages.ts";
import { beaconOf, TestPost } from "./offices.ts";

const PACE_MS = 150_000;
const MINUTE = 60_000;

/** Readers r and s, who know each other, and a phone p that both of them are neighbours of. */
function phone(...links: readonly (readonly [string, string])[]): TestPost {
  const post = new TestPost(["r", "p"], ["s", "p"], ...links);
  const p = post.of("p");
  for (const name of ["r", "s"]) {
    post.of(name).serve("p", false);
    post.of(name).office.handleServed("p", post.at, PACE_MS);
    post.of(name).unserved.delete("p");
  }
  p.office.readers.beaconMs = PACE_MS;
  post.makeReader("r");
  post.makeReader("s");
  post.advance(10 * MINUTE);
  return post;
}

/** When beacons of both readers came to a node, within the next minutes. */
function heard(post: TestPost, at: string, minutes: number): { readonly times: number[]; readonly count: number } {
  const { brought } = post.of(at);
  const times = new Set<number>();
  let count = 0;
  for (let second = 0; second < 60 * minutes; second++) {
    const before = brought.length;
    post.advance(1_000);
    const beacons = brought.slice(before).filter(([, message]) => message.kind === "beacon");
    if (beacons.length > 0) times.add(post.now);
    count += beacons.length;
  }
  return { times: [...times], count };
}

test("one hears of all readers together, each time that its pause is over, and stays able to write to them", () => {
  const post = phone(["r", "s"]);
  const { times, count } = heard(post, "p", 30);
  // Two neighbours bring the beacons of two readers, 12 times in half an hour.
  expect(count).toBeLessThanOrEqual(50);
  expect(times.length).toBeLessThanOrEqual(26);
  const { office } = post.of("p");
  for (const name of ["r", "s"]) {
    expect(
      office.readers
        .get(name, post.now)
        ?.ways.map(({ peer }) => peer)
        .toSorted(),
    ).toEqual(["r", "s"]);
    expect(office.readers.heardAt(name, post.now)).toBeGreaterThan(post.now - 60_000);
  }
  const number = post.of("p").send();
  expect(
    post
      .of("p")
      .told("done")
      .map((done) => [done.number, done.answer?.outcome]),
  ).toEqual([[number, 0]]);
});

test("one passes nothing on to neighbours that have it of others", () => {
  const post = phone(["r", "s"]);
  const before = post.of("r").brought.length;
  post.advance(30 * MINUTE);
  const brought = post.of("r").brought.slice(before);
  expect(brought.filter(([from]) => from === "p")).toEqual([]);
  expect(brought.length).toBeGreaterThan(50);
});

test("one that is the only way between its neighbours passes on what it gets, and their mail", () => {
  const post = phone();
  const { count } = heard(post, "s", 30);
  expect(count).toBeGreaterThanOrEqual(10);
  expect(post.of("s").office.readers.get("r", post.now)).toBeDefined();
  const number = post.of("s").send(undefined, undefined, "r");
  expect(
    post
      .of("s")
      .told("done")
      .map((done) => [done.number, done.answer?.outcome]),
  ).toEqual([[number, 0]]);
});

test("one hears at once of a reader that has begun anew, as its key is another one", () => {
  const post = phone(["r", "s"]);
  post.advance(20_000);
  const before = post.of("p").office.readers.get("r", post.now)!.beacon.key;
  post.of("r").restart(1);
  const at = post.of("p").brought.length;
  post.advance(1_000);
  const { key } = post.of("p").office.readers.get("r", post.now)!.beacon;
  expect(key).not.toBe(before);
  // A neighbour that has told of r a moment ago tells of it again, and its own beacon waits.
  const later = post
    .of("p")
    .brought.slice(0, at + 10)
    .filter(([from]) => from === "s");
  expect(later.some(([, message]) => message.kind === "beacon" && message.key === key)).toBe(true);
});

test("a source remembers what it has told of so many readers alone, whatever they are called", () => {
  const post = new TestPost(["a", "b"]);
  const { office } = post.of("a");
  post.of("a").serve("b", false);
  office.handleServed("b", post.at, PACE_MS);
  const told: (Beacon | Mail)[] = [];
  for (let each = 0; each < 500; each++) {
    const name = `n${each}`;
    post.registry.makeReader(name);
    office.handle(beaconOf(post, name), "c", post.of("a").conductOf("c"), post.at);
    for (let next = office.next("b", post.now); next !== undefined; next = office.next("b", post.now)) told.push(next);
  }
  // No more readers than a node knows are passed on at all.
  expect(told).toHaveLength(64);
});
