// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  GUESSES,
  GUESSES_PER_SECOND,
  GUESS_BUCKETS,
  LOOPBACK_BYTES_MAX,
  SHARES_PER_LINK_MAX,
} from "./generated/limits.ts";
