import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { faults } from "./simulation/faults.ts";
import { Story } from "./simulation/story.ts";
import { HOUR_MS, World } from "./simulation/world.ts";

const RETENTION_MS = 2 * HOUR_MS;
/** Longer than a day where there is time for it, so that what stays for a day goes. */
const WRITTEN_MS = runs(30, 10) * HOUR_MS;
/** Writers, and the names of each. */
const WRITERS = 4;
const NAMES = 6;

const seeds = Array.from({ length: runs(200, 3) }, (_, seed) => seed + 1);

/**
 * Five to nine holders, two or three copies, a clock that is a day off, four writers, and faults one after the other: processes that restart, machines that are
 * lost, shards that are lost or damaged, partitions, full disks.
 */
test.each(seeds)(
  "nothing that was acknowledged is lost, and all holders come to the same: seed %i",
  { timeout: 120_000 },
  async (seed) => {
    const count = 5 + (seed % 5);
    const nodes = "abcdefghi".slice(0, count);
    const world = new World(seed, nodes, 2 + (seed % 2), RETENTION_MS);
    world.fleet.member("b").skew = world.random.pick([0, 24, -24]) * HOUR_MS;
    const story = new Story(world, RETENTION_MS);
    const end = world.now + WRITTEN_MS;
    for (let writer = 0; writer < WRITERS; writer++) {
      const names = Array.from({ length: NAMES }, (_, at) => `w${writer}/${at}`);
      world.begin(async () => story.write(names, end));
    }
    world.begin(async () => story.archive(end));
    world.begin(async () => faults(world, end));
    world.begin(async () => story.watch(end));
    await world.run(WRITTEN_MS + 4 * HOUR_MS);
    let wrong: readonly string[] | undefined;
    world.begin(async () => {
      wrong = await story.check();
    });
    await world.run(HOUR_MS);
    expect(wrong).toEqual([]);
    expect(story.acknowledged).toBeGreaterThan(50);
  },
);
