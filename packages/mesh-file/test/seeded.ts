import { Random } from "@florenetes/simkit";
import type { RandomBelow } from "../src/index.ts";

/** Labels as cryptographic randomness would give them, and the same ones for the same seed. */
export function seeded(seed = 1): RandomBelow {
  const random = new Random(seed);
  return (limit) => random.below(limit);
}
