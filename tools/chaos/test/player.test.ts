import { expect, test } from "vitest";
import type { Fault } from "../src/fault.ts";
import { play, type World } from "../src/player.ts";

/** A world whose time passes only while the player waits, and that notes the acts of the player. */
class NotedWorld implements World {
  readonly notes: string[] = [];
  time = 1_000;
  recoveryMs = 100;
  isOver = (): boolean => false;
  now = (): number => this.time;
  say = (): void => {};

  waitUntil(time: number): Promise<void> {
    this.time = Math.max(this.time, time);
    return Promise.resolve();
  }

  strike({ number }: Fault): Promise<void> {
    return this.#note(`strike ${number}`);
  }

  mend({ number }: Fault): Promise<void> {
    return this.#note(`mend ${number}`);
  }

  async recover(): Promise<string> {
    await this.#note("recover");
    this.time += this.recoveryMs;
    return "";
  }

  #note(text: string): Promise<void> {
    this.notes.push(`${this.time - 1_000} ${text}`);
    return Promise.resolve();
  }
}

function fault(number: number, atMs: number, forMs: number): Fault {
  return { number, kind: "cut", atMs, forMs, ways: [], isAlone: false, target: { on: "mesh" } };
}

function* forever(faults: readonly Fault[]): Generator<Fault, never> {
  yield* faults;
  for (let number = 1_000; ; number++) yield fault(number, 1e9, 0);
}

test("faults that overlap are mended in their order, and the mesh recovers when none goes on; then the schedule goes on", async () => {
  const world = new NotedWorld();
  const faults = [fault(1, 500, 1_000), fault(2, 700, 300), fault(3, 3_000, 0)];
  const { episodes, recoveries } = await play(forever(faults), world, 60_000);
  expect(world.notes).toEqual([
    "500 strike 1",
    "700 strike 2",
    "1000 mend 2",
    "1500 mend 1",
    "1500 recover",
    "3100 strike 3",
    "3100 mend 3",
    "3100 recover",
  ]);
  expect(recoveries.map(({ faults, ms }) => [faults.map(({ number }) => number), ms])).toEqual([
    [[1, 2], 100],
    [[3], 100],
  ]);
  expect(episodes.every(({ mendedAt, recoveredAt }) => mendedAt !== undefined && recoveredAt !== undefined)).toBe(true);
});

test("a fault that takes its time lasts as long as it should from then on", async () => {
  const world = new NotedWorld();
  const strike = world.strike.bind(world);
  world.strike = async (fault) => {
    await strike(fault);
    world.time += 5_000;
  };
  await play(forever([fault(1, 500, 1_000)]), world, 60_000);
  expect(world.notes).toEqual(["500 strike 1", "6500 mend 1", "6500 recover"]);
});

test("what cannot be made is a recovery that fails, and is mended all the same", async () => {
  const world = new NotedWorld();
  world.strike = () => Promise.reject(new Error("refused"));
  const { recoveries } = await play(forever([fault(1, 500, 100)]), world, 60_000);
  expect(recoveries.map(({ missing }) => missing)).toEqual(["making it failed: refused", ""]);
  expect(world.notes).toEqual(["600 mend 1", "600 recover"]);
});

test("when all is over, what goes on is mended, and no other fault begins", async () => {
  const world = new NotedWorld();
  const strike = world.strike.bind(world);
  world.strike = async (fault) => {
    await strike(fault);
    world.isOver = () => true;
  };
  await play(forever([fault(1, 500, 1_000), fault(2, 700, 1_000)]), world, 60_000);
  expect(world.notes).toEqual(["500 strike 1", "1500 mend 1", "1500 recover"]);
});
