import { cpuSeconds, residentMegabytes } from "@florenetes/meshlab";
import type { Check } from "../attack.ts";
import { now } from "../clock.ts";
import type { Extent, Ground } from "../ground.ts";

/** Seconds of CPU that an agent may take in each second of a flood, in the long run, and at once beside that. */
const CPU_SHARE_MAX = 0.35;
const CPU_BURST_MAX = 2;
/** MB that an agent may gain: its heap grows by that much before its garbage is collected. */
const MEMORY_MB_MAX = 96;

/** Watches what an agent takes from now on. The check says whether that is bounded. Short forms do not judge CPU time: a slow machine needs more for the same work. */
export function watchAgent(ground: Ground, node: string, { isShort }: Extent): () => Check {
  const pid = ground.fabric!.pidOf(node)!;
  const take = () => ({ at: now(), cpu: cpuSeconds(pid) ?? Number.NaN, memory: residentMegabytes(pid) ?? Number.NaN });
  const before = take();
  return () => {
    const after = take();
    const [seconds, cpu] = [(after.at - before.at) / 1000, after.cpu - before.cpu];
    const memory = after.memory - before.memory;
    const [cpuMax, share] = [CPU_BURST_MAX + seconds * CPU_SHARE_MAX, (100 * cpu) / seconds];
    return {
      isHeld: (isShort || cpu <= cpuMax) && memory <= MEMORY_MB_MAX,
      text:
        `the agent took ${cpu.toFixed(1)} s of CPU in ${seconds.toFixed(0)} s (${share.toFixed(0)} %, at most ${cpuMax.toFixed(1)} s), ` +
        `and ${memory.toFixed(0)} MB more (at most ${MEMORY_MB_MAX})`,
    };
  };
}
