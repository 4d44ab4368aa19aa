import { type Check, checkAlone } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { LinkBench } from "../link-bench.ts";
import { staysUp } from "./signals.ts";

const HOUR_S = 3_600;
/** Seconds from the machine's clock. The clock begins an hour ahead, goes forwards, back, and right. No certificate of the bench ends. */
const OFFSETS_S = [2 * HOUR_S, -HOUR_S, 0];

export const CLOCK_CHECKS: readonly Check<LinkBench>[] = [
  checkAlone("LV-32", "a wall clock that is set ends neither link nor attachment", async (bench) => {
    const { a } = bench;
    const clock = await bench.giveClock(a, HOUR_S);
    const { attachment, body } = await a.attach();
    clock.demandUse(body.startedAt);
    const link = await bench.link();
    for (const offset of OFFSETS_S) {
      clock.set(offset);
      await staysUp(bench, link);
      const { handle } = a.states.get(link.tag)!;
      demand(handle === link.a.handle, `the link has begun anew with the clock at ${offset} s`);
      const beat = await a.heartbeat();
      demand(beat.attachment === attachment, `its attachment has ended with the clock at ${offset} s`);
    }
  }),
];
