import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

const TOO_MANY_STREAMS = 0x12;

export const resets: Attack = {
  name: "resets",
  by: "user",
  description: "Opens 1,500 streams a second and resets each at once.",
  held: "the connection is closed, and p99 of honest requests is at most twice what it is without.",
  p99RatioMax: 2,
  // Carol has a pause afterwards: the next of her connections would be closed.
  isAlone: true,
  run: async (ground, { isShort }) => {
    const options = { over: "end", kind: "resets", count: isShort ? 4_500 : 30_000, perSecond: 1_500, holdSeconds: 0 };
    const strike = await ground.strike("streams", options);
    return courseOf(strike, { isHeld: strike.code === TOO_MANY_STREAMS, text: endOf(strike) });
  },
};
