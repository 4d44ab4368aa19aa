import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

export const optimisticAcks: Attack = {
  name: "optimistic-acks",
  by: "user",
  description:
    "Reads nothing of what a service sends without end, and acknowledges all that may have been sent (CVE-2025-4820): what is sent is bounded by nothing but the path.",
  held: "the connection is closed.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", ahead: 0, seconds: isShort ? 3 : 10 };
    const strike = await ground.strike("optimistic_acks", options);
    const received = `${((strike["received"] as number) / 1e6).toFixed(1)} MB had come`;
    return courseOf(strike, { isHeld: strike.code !== null, text: `${endOf(strike)}; ${received}` });
  },
};
