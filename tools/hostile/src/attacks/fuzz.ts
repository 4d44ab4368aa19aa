import type { Attack, Check } from "../attack.ts";
import { playSeed, readSeeds } from "../fuzz.ts";
import type { Ground } from "../ground.ts";
import { FUZZ_REPEAT_MB_MAX } from "../limits.ts";

export const fuzz: Attack = {
  name: "fuzz",
  by: "neighbour",
  description:
    "Packets with true keys that hold any frames in any order, sound or not, on links and end to end, each case on a new link; all of it twice.",
  held: "both processes go on, a link comes up after it, and the second time the memory hardly grows.",
  // Ended connections wait for V8 to collect them, and the C library keeps the room that the most of them took at a time: 54 to 85 MB
  // were seen, once 136. After the collection V8's heap is as large as before the attack.
  memoryMax: 160,
  run: async (ground, { isShort }) => {
    const first = await playAll(ground, isShort ? 6 : 30);
    const megabytes = ground.megabytes();
    if (isShort) return { ...first, checks: [checkCases(first)] };
    const second = await playAll(ground, 30);
    return {
      packets: first.packets + second.packets,
      bytes: first.bytes + second.bytes,
      checks: [checkCases(first), checkCases(second), checkRepeat(ground.megabytes() - megabytes)],
    };
  },
};

interface Played {
  readonly cases: number;
  readonly packets: number;
  readonly bytes: number;
}

/** @param seconds for each seed */
async function playAll(ground: Ground, seconds: number): Promise<Played> {
  let [cases, packets, bytes] = [0, 0, 0];
  for (const seed of readSeeds()) {
    const said = await playSeed(ground, seed, seconds);
    cases += said.cases;
    packets += said.packets;
    bytes += said.bytes;
  }
  return { cases, packets, bytes };
}

function checkCases({ cases }: Played): Check {
  return { isHeld: cases > 0, text: `${cases} cases` };
}

/** The C library keeps its room after the first time. Memory that a second time adds is kept for the attacker. */
function checkRepeat(gained: number): Check {
  return {
    isHeld: gained <= FUZZ_REPEAT_MB_MAX,
    text: `the second time ${gained.toFixed(0)} MB came on top (at most ${FUZZ_REPEAT_MB_MAX})`,
  };
}
