// Limits that native/ has as well: native/declaration/limits says what they are.
export { PASSED_PACKETS, TRANSIT_PAIRS_MAX, TRANSIT_ROWS_PER_LOOK } from "./generated/limits.ts";
