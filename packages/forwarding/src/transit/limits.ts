// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  PASSED_PACKETS,
  PERMIT_BURST_BITS_MIN,
  PERMIT_BURST_MS,
  TRANSIT_PAIRS_MAX,
  TRANSIT_ROWS_PER_LOOK,
} from "./generated/limits.ts";
