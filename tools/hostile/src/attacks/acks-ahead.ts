import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

export const acksAhead: Attack = {
  name: "acks-ahead",
  by: "user",
  description:
    "Acknowledges packets that were never sent, while a service sends without end (CVE-2025-4821): the engine takes its window to be as large as it likes.",
  held: "the connection is closed.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", ahead: 1_000_000, seconds: isShort ? 3 : 10 };
    const strike = await ground.strike("optimistic_acks", options);
    const received = `${((strike["received"] as number) / 1e6).toFixed(1)} MB had come`;
    return courseOf(strike, { isHeld: strike.code !== null, text: `${endOf(strike)}; ${received}` });
  },
};
