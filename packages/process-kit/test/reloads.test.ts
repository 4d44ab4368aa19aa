import { expect, test } from "vitest";
import { type ReloadRefusal, Reloads } from "../src/index.ts";

/** A reading that goes on until it is told what it finds. */
class Readings {
  readonly open: ((refused: readonly ReloadRefusal[]) => void)[] = [];
  readonly reloads = new Reloads(() => new Promise((done) => this.open.push(done)));
}

const refusal = { file: "key.pem", code: "ERR_TEST", text: "it broke" };

test("who asks gets what was read since", async () => {
  const { open, reloads } = new Readings();
  const first = reloads.reload();
  open[0]!([refusal]);
  expect(await first).toEqual({ refused: [refusal] });
  const second = reloads.reload();
  open[1]!([]);
  expect(await second).toEqual({ refused: [] });
});

test("a thousand who ask while all is being read get one more reading, together", async () => {
  const { open, reloads } = new Readings();
  const first = reloads.reload();
  const others = Array.from({ length: 1000 }, () => reloads.reload());
  expect(open).toHaveLength(1);
  open[0]!([refusal]);
  expect(await first).toEqual({ refused: [refusal] });
  await expect.poll(() => open.length).toBe(2);
  const last = reloads.reload();
  open[1]!([]);
  expect(new Set(await Promise.all(others))).toEqual(new Set([{ refused: [] }]));
  await expect.poll(() => open.length).toBe(3);
  open[2]!([refusal]);
  expect(await last).toEqual({ refused: [refusal] });
  expect(open).toHaveLength(3);
});

test("a reading that fails is told to those who asked for it, and the next one is none the worse", async () => {
  let isLucky = false;
  const reloads = new Reloads(() => (isLucky ? Promise.resolve([]) : Promise.reject(new Error("out of luck"))));
  const first = reloads.reload();
  const second = reloads.reload();
  isLucky = true;
  await expect(first).rejects.toThrow("out of luck");
  expect(await second).toEqual({ refused: [] });
  expect(await reloads.reload()).toEqual({ refused: [] });
});
