import type { Attack } from "../attack.ts";
import { floodStrangers } from "../strangers.ts";

export const halfOpenFlood: Attack = {
  name: "half-open-flood",
  by: "stranger",
  description:
    "Comes from hundreds of networks, each time with the token of a Retry, and says nothing more: the places for those who are not known yet are full.",
  // 768 places are bounded, not cheap: 70 KB of the engine's each, and V8 gives back late what has ended.
  memoryMax: 96,
  held: "a neighbour whose link vertex is restarted meanwhile is back within 2 s.",
  isAlone: true,
  run: async (ground, extent) => floodStrangers(ground, extent, "half-open"),
};
