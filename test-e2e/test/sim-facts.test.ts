/** Fabrics in virtual time: real agents, some of them captured, with partitions and restarts. `npm run sim -- --facts` runs other ones. */
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { runFacts } from "../src/sim/facts/run-facts.ts";

const NODES = 25;
/** A time beyond all that a seed needs on a busy machine. */
const TIMEOUT_MS = 600_000;
const seeds = Array.from({ length: runs(20, 3) }, (_, seed) => seed);

test.each(seeds)("honest agents keep their promises among captured ones, seed %i", { timeout: TIMEOUT_MS }, (seed) => {
  const { restarts, refused, spreadMs } = runFacts(seed, NODES);
  expect(Math.max(...spreadMs)).toBeLessThan(2_000);
  expect(Math.min(restarts, refused)).toBeGreaterThan(0);
});
