import { Random } from "@florenetes/simkit";
import type { RandomBelow } from "../src/index.ts";

/** Draws labels as if by cryptographic randomness, and equal ones for equal seeds. */
export function seeded(seed = 1): RandomBelow {
  const random = new Random(seed);
  return (limit) => random.below(limit);
}
