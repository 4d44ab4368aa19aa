import { expect, test } from "vitest";
import { WaitingPlaces } from "../../src/index.ts";

test("places go to whoever waits, in order, and never to one who has gone", async () => {
  const places = new WaitingPlaces(1);
  const { signal } = new AbortController();
  const leave = await places.take(signal);
  const leaving = new AbortController();
  const gone = places.take(leaving.signal);
  const told: number[] = [];
  const waiting = [1, 2].map(async (each) => {
    const leaveAgain = await places.take(signal);
    told.push(each);
    leaveAgain();
    leaveAgain();
  });
  leaving.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  leave();
  await Promise.all(waiting);
  expect(told).toEqual([1, 2]);
  expect(places.taken).toBe(0);
  await expect(places.take(leaving.signal)).rejects.toThrow("gone");
});
