import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

const STREAMS = 16_382;

export const oneByteOpens: Attack = {
  name: "one-byte-opens",
  by: "user",
  description: "Opens all streams that there is credit for with the first byte of OPEN, and never says the rest.",
  held: "none of them is left when the time for an OPEN is over.",
  // The engine frees its notes of so many streams with the connection, but the system gets them back late: 40 to 60 MB were seen.
  memoryMax: 112,
  run: async (ground) => {
    const options = { over: "end", kind: "opens", count: STREAMS, perSecond: 500, holdSeconds: 8 };
    const strike = await ground.strike("streams", options);
    const refused = strike["refused"] as number;
    return courseOf(strike, {
      isHeld: strike.code !== null || refused >= STREAMS * 0.99,
      text: `${refused} of ${STREAMS} were reset, ${endOf(strike)}`,
    });
  },
};
