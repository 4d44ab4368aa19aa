import type { Attack } from "../attack.ts";
import { floodStrangers } from "../strangers.ts";

export const initialFlood: Attack = {
  name: "initial-flood",
  by: "stranger",
  description: "Sends 20,000 first packets a second from many addresses: each would be answered.",
  held: "no more Retries are sent than 2,000 a second, and a neighbour whose link vertex is restarted meanwhile is back within 2 s.",
  isAlone: true,
  run: async (ground, extent) => floodStrangers(ground, extent, "initials", ["retries"]),
};
