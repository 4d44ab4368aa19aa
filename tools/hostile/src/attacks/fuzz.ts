import type { Attack } from "../attack.ts";
import { playSeed, readSeeds } from "../fuzz.ts";

export const fuzz: Attack = {
  name: "fuzz",
  by: "neighbour",
  description:
    "Packets with true keys that hold any frames in any order, sound or not, on links and end to end, each case on a new link.",
  held: "both processes go on, and a link comes up after it.",
  run: async (ground, { isShort }) => {
    const played = [];
    for (const seed of readSeeds()) played.push(await playSeed(ground, seed, isShort ? 6 : 30));
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      packets: sum(played.map(({ packets }) => packets)),
      bytes: sum(played.map(({ bytes }) => bytes)),
      checks: [{ isHeld: true, text: `${sum(played.map(({ cases }) => cases))} cases of ${played.length} seeds` }],
    };
  },
};
