import type { ProcessTime } from "../process-time.ts";
import { monotonicNow } from "./clock.ts";
import { EarliestTimer } from "./earliest-timer.ts";

/** The clocks and timers of Node. Whoever runs a process hands them to its parts, which take them from nowhere else. */
export const nodeTime: ProcessTime = {
  now: monotonicNow,
  wallClock: () => new Date(),
  wakeUps: { soon: (call) => void setImmediate(call), timer: (call) => new EarliestTimer(call) },
};
