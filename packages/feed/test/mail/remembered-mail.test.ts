import { expect, test } from "vitest";
import { REMEMBERED_MAX } from "../../src/mail/limits.ts";
import { RememberedMail } from "../../src/mail/remembered-mail.ts";

/** Has a neighbour bring letters for as long as there is room for it; returns how many there were. */
function fill(mails: RememberedMail, from: string, until: number, now: number): number {
  let count = 0;
  for (; mails.hasRoom(from, now); count++) mails.add(`${from} ${count} ${until}`, { from, to: "b", end: 0, until });
  return count;
}

test("a full table lets nobody have what another one has, forgets nothing early, and always has room for who comes next", () => {
  const mails = new RememberedMail();
  mails.add("honest", { from: "a", to: "b", end: 0, until: 60_000 });
  const counts = Array.from({ length: 8 }, (_, at) => fill(mails, `h${at}`, 60_000, 0));
  expect(counts[0]).toBe(REMEMBERED_MAX / 2);
  expect(counts.every((count, at) => at === 0 || Math.abs(count - counts[at - 1]! / 2) <= 1)).toBe(true);
  expect(mails.hasRoom("a", 59_999)).toBe(true);
  expect([mails.get("honest", 59_999), mails.get("h0 0 60000", 59_999)]).toMatchObject([{ from: "a" }, { from: "h0" }]);
  expect(mails.size).toBeLessThanOrEqual(REMEMBERED_MAX);
  expect([mails.get("honest", 60_000), mails.get("h0 0 60000", 60_000)]).toEqual([undefined, undefined]);
  expect(fill(mails, "c", 130_000, 62_000)).toBe(REMEMBERED_MAX / 2);
});

test("an id that has ended may come again, and takes one place", () => {
  const mails = new RememberedMail();
  for (let turn = 0; turn < 5; turn++) {
    expect(mails.get("x", turn * 1_000)).toBeUndefined();
    mails.add("x", { from: "a", to: "b", end: 0, until: turn * 1_000 + 500 });
    expect(mails.size).toBe(1);
  }
});
