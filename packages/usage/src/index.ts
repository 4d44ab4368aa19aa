export { HOUR_MS, hourOf, startOfHour, startOfMonth } from "./hours.ts";
export { CLAIM_SLACK, CLAIM_SLACK_PERCENT, HOUR_SLACK_MS } from "./limits.ts";
export { Meter } from "./meter.ts";
export type { Counted, KeptMeter, Reading } from "./meter.ts";
export { readReceipt, writeReceipt } from "./receipt.ts";
export type { HourRows, Own, Passed } from "./rows.ts";
export { sumHour } from "./sums.ts";
export type { CarriedSum, Finding, HourFacts, HourSums } from "./sums.ts";
export { bytesOf, isBefore, usageBodyOf } from "./usage.ts";
