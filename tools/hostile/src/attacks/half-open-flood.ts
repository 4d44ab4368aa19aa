import type { Attack } from "../attack.ts";
import { floodStrangers } from "../strangers.ts";

export const halfOpenFlood: Attack = {
  name: "half-open-flood",
  by: "stranger",
  description:
    "Comes from hundreds of networks, each time with the token of a Retry, and says nothing more: the places for those who are not known yet are full.",
  // The 768 places for half-open connections are bounded, not cheap: the engine takes 70 KB for each, and V8 gives memory back late.
  memoryMax: 96,
  held: "a neighbour whose link vertex is restarted meanwhile is back within 2 s.",
  isAlone: true,
  run: async (ground, extent) => floodStrangers(ground, extent, "half-open"),
};
