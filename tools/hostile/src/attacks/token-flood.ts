import type { Attack } from "../attack.ts";
import { floodStrangers } from "../strangers.ts";

export const tokenFlood: Attack = {
  name: "token-flood",
  by: "stranger",
  description:
    "Sends 20,000 first packets a second, from many addresses, with tokens of its own making: each would have to be checked.",
  held: "no more tokens are looked at than 2,000 a second, and a neighbour whose link vertex is restarted meanwhile is back within 2 s.",
  isAlone: true,
  run: async (ground, extent) => floodStrangers(ground, extent, "tokens", ["droppedBadToken"]),
};
