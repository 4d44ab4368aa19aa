/** Letters that wait at a coordinator: each is answered when it is due, however many others wait. */
import { type Answer, type Ask, ASKS_MAX, readRoutesAnswer } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import { type Announcement, Guests } from "../../../src/agent/coordinator/guests.ts";
import { GUEST_HOSTS_MAX, GUEST_MS } from "../../../src/agent/coordinator/limits.ts";
import type { SignedRecord } from "../../../src/agent/coordinator/route-signer.ts";
import type { Moment } from "../../../src/agent/moment.ts";

const NODES = 1_000;
const at = (now: number): Moment => ({ now, wall: 1_000_000 + now });
const recordOf = (id: string): SignedRecord => ({ id, octets: Buffer.from(id), epoch: 1, expires: 9_000_000 });

const announcementOf = (host: string, full: string): Announcement => ({
  octets: Buffer.from(`announcement of ${host}`),
  full,
});

/** Guests whose letters wait: that of n0 for a second, that of n1 for two, and so on. */
function waiting(): {
  readonly guests: Guests;
  readonly answered: Map<number, Answer>;
  readonly full: { text: string };
} {
  const answered = new Map<number, Answer>();
  const full = { text: "" };
  const guests = new Guests({
    node: "c1",
    mayRest: (node) => node === "n3",
    answer: (number, answer) => answered.set(number, answer),
    papersOf: (host) => [Buffer.from(`papers of ${host}`)],
    papersId: () => "papers",
    announcementOf: (host) => announcementOf(host, full.text),
  });
  for (let node = 0; node < NODES; node++) {
    guests.mayWrite(`n${node}`, at(0));
    expect(guests.handleLetter(`n${node}`, node, node + 1, at(0))).toBe("parked");
  }
  return { guests, answered, full };
}

const recordsIn = (answer: Answer | undefined): number =>
  answer === undefined ? -1 : readRoutesAnswer(answer.body)!.records.length;

test("a letter is answered when its wait is over, and none before", () => {
  const { guests, answered } = waiting();
  for (const seconds of [1, 2, 3]) {
    expect(guests.nextTimeout()).toBe(1_000 * seconds);
    guests.advance(at(1_000 * seconds - 1));
    expect(answered.size).toBe(seconds - 1);
    guests.advance(at(1_000 * seconds));
    expect([...answered.keys()].at(-1)).toBe(seconds - 1);
  }
});

test("whoever is given something is answered at once, and others are not", () => {
  const { guests, answered } = waiting();
  guests.give("n700", "slot", recordOf("lease"));
  guests.advance(at(10));
  expect([[...answered.keys()], recordsIn(answered.get(700))]).toEqual([[700], 1]);
  expect(guests.nextTimeout()).toBe(1_000);
});

test("a node that may rest hears with each answer that the coordinator knows of it, and no other node does", () => {
  const { guests, answered } = waiting();
  const asksOf = (letter: number): readonly Ask[] => readRoutesAnswer(answered.get(letter)!.body)!.asks;
  const rest = { kind: "rest", node: "c1" };
  guests.advance(at(4_000));
  expect([2, 3].map(asksOf)).toEqual([[], [rest]]);
  const write = (letter: number, now: number): void => {
    guests.mayWrite("n3", at(now));
    guests.handleLetter("n3", letter, 60, at(now));
  };
  write(5_000, 4_000);
  guests.give("n3", "slot", recordOf("lease"));
  guests.advance(at(4_010));
  expect([asksOf(5_000), recordsIn(answered.get(5_000))]).toEqual([[rest], 1]);
  guests.handleAcknowledged("n3", "lease");
  write(5_001, 5_000);
  // An answer names so many nodes to call, and has no room for more.
  for (let each = 0; each < ASKS_MAX; each++) guests.askToCall("n3", `h${each}`, at(5_010));
  guests.advance(at(5_010));
  expect(asksOf(5_001).map(({ kind }) => kind)).toEqual(Array.from({ length: ASKS_MAX }, () => "call"));
});

test("what is not acknowledged comes again with a later letter, and what is acknowledged does not", () => {
  const { guests } = waiting();
  guests.give("n5", "slot", recordOf("lease"));
  guests.advance(at(10));
  guests.mayWrite("n5", at(20));
  expect(guests.handleLetter("n5", 5_000, 60, at(20))).toBe("parked");
  expect(guests.handleLetter("n5", 5_001, 60, at(6_000))).toMatchObject({});
  guests.handleAcknowledged("n5", "lease");
  expect(guests.handleLetter("n5", 5_002, 60, at(20_000))).toBe("parked");
});

test("the letter of a node that is none any more, or was silent for long, is not answered", () => {
  const { guests, answered } = waiting();
  guests.handleGone("n0");
  expect(guests.nextTimeout()).toBe(2_000);
  guests.expire(at(GUEST_MS));
  expect([guests.size, guests.nextTimeout()]).toEqual([0, Number.POSITIVE_INFINITY]);
  guests.advance(at(GUEST_MS));
  expect(answered.size).toBe(0);
});

describe("whoever uses a host", () => {
  test("hears twice that other services take nothing more there, as nobody acknowledges it, and of nothing else that it announces", () => {
    const { guests, answered } = waiting();
    guests.handleAnnounced("n700", "h", announcementOf("h", ""));
    guests.advance(at(10));
    expect([[...answered.keys()], recordsIn(answered.get(700))]).toEqual([[700], 1]);
    guests.handleAnnounced("n700", "h", announcementOf("h", ""));
    guests.mayWrite("n700", at(20));
    expect(guests.handleLetter("n700", 5_000, 60, at(20))).toBe("parked");
    guests.advance(at(4_999));
    expect(answered.has(5_000)).toBe(false);
    guests.advance(at(5_010));
    expect(recordsIn(answered.get(5_000))).toBe(1);
    expect(guests.handleLetter("n700", 5_001, 60, at(5_020))).toBe("parked");
    guests.handleAnnounced("n700", "h", announcementOf("h", ""));
    guests.advance(at(20_001));
    expect(answered.has(5_001)).toBe(false);
    guests.handleAnnounced("n700", "h", announcementOf("h", "web"));
    guests.advance(at(20_003));
    expect(recordsIn(answered.get(5_001))).toBe(1);
  });

  test("has heard of it with the papers of a lease", () => {
    const { guests, answered } = waiting();
    guests.give("n700", "slot", recordOf("lease"), "h");
    guests.advance(at(10));
    expect(recordsIn(answered.get(700))).toBe(2);
    guests.handleAcknowledged("n700", "lease");
    guests.mayWrite("n700", at(20));
    expect(guests.handleLetter("n700", 5_000, 60, at(20))).toBe("parked");
    guests.handleAnnounced("n700", "h", announcementOf("h", ""));
    guests.advance(at(59_000));
    expect(answered.has(5_000)).toBe(false);
  });

  test("is told of the first change at once, and of others 10 s later, with what the host says by then", () => {
    const { guests, answered } = waiting();
    guests.mayWrite("n700", at(0));
    const tellings: string[] = [];
    let number = 700;
    for (let now = 0; now <= 60_000; now += 100) {
      // The host toggles 100 times in 10 s, and then says that all is free.
      if (now <= 10_000)
        guests.handleAnnounced("n700", "h", {
          octets: Buffer.from(`${now}`),
          full: now % 200 === 0 && now < 10_000 ? "web" : "",
        });
      guests.advance(at(now));
      const answer = answered.get(number);
      if (answer === undefined) continue;
      for (const octets of readRoutesAnswer(answer.body)!.records)
        tellings.push(`${Buffer.from(octets).toString()} at ${now}`);
      guests.mayWrite("n700", at(now));
      expect(guests.handleLetter("n700", (number += 10_000), 100, at(now))).toBe("parked");
    }
    expect(tellings).toEqual(["0 at 0", "5000 at 5000", "10000 at 15000", "10000 at 20000"]);
  });

  test("is given the announcement once where it goes with the papers of a lease that is due with it", () => {
    const { guests, answered } = waiting();
    guests.handleAnnounced("n700", "h", announcementOf("h", ""));
    guests.give("n700", "slot", recordOf("lease"), "h");
    guests.give("n700", "slot of another service", recordOf("other lease"), "h");
    guests.advance(at(10));
    expect(recordsIn(answered.get(700))).toBe(3);
    for (const lease of ["lease", "other lease"]) guests.handleAcknowledged("n700", lease);
    guests.mayWrite("n700", at(20));
    expect(guests.handleLetter("n700", 5_000, 60, at(20))).toBe("parked");
    guests.advance(at(59_000));
    expect(answered.has(5_000)).toBe(false);
  });

  test("is remembered for so many hosts: the one that was spoken of longest ago is forgotten", () => {
    const { guests, answered } = waiting();
    const announce = (host: string): void => guests.handleAnnounced("n700", host, announcementOf(host, ""));
    for (let host = 0; host <= GUEST_HOSTS_MAX; host++) announce(`h${host}`);
    guests.advance(at(10));
    let told = recordsIn(answered.get(700));
    for (let number = 5_000; ; number++) {
      const answer = guests.handleLetter("n700", number, 60, at(10));
      if (answer === "parked") break;
      told += recordsIn(answer);
    }
    expect(told).toBe(GUEST_HOSTS_MAX);
  });
});
