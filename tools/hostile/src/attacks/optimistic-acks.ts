import type { Attack, Course } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";
import type { Extent, Ground } from "../ground.ts";

export const optimisticAcks: Attack = {
  name: "optimistic-acks",
  by: "user",
  description:
    "Reads nothing of what a service sends without end, and acknowledges all that may have been sent (CVE-2025-4820): what is sent is bounded by nothing but the path.",
  held: "the connection is closed.",
  run: (ground, extent) => acknowledgeAhead(ground, extent, 0),
};

/** Acknowledges packets of a service up to `ahead` numbers beyond those that came. */
export async function acknowledgeAhead(ground: Ground, { isShort }: Extent, ahead: number): Promise<Course> {
  const strike = await ground.strike("optimistic_acks", { over: "end", ahead, seconds: isShort ? 3 : 10 });
  const received = `${((strike["received"] as number) / 1e6).toFixed(1)} MB had come`;
  return courseOf(strike, { isHeld: strike.code !== null, text: `${endOf(strike)}; ${received}` });
}
