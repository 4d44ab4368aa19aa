export { monotonicNow } from "./drivers/clock.ts";
export { EarliestTimer } from "./drivers/earliest-timer.ts";
export { nodeTime } from "./drivers/node-time.ts";
export { Deadlines, NOT_IN_HEAP } from "./deadlines.ts";
export type { Timed } from "./deadlines.ts";
export type { ProcessTime, WakeUps, WakeUpTimer } from "./process-time.ts";
export { RateLimit } from "./rate-limit.ts";
export { nextRound } from "./rounds.ts";
export { TimerTable } from "./timer-table.ts";
