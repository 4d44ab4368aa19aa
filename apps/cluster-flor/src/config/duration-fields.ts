import { parseDuration, type ProblemParams } from "@florenetes/config-file";
import { z } from "zod";
import {
  CONNECT_WAIT_MS,
  CONNECT_WAIT_MS_MAX,
  CONNECT_WAIT_MS_MIN,
  HEALTH_CHECK_MS_MAX,
  HEALTH_CHECK_MS_MIN,
  KEEP_MS_MAX,
  KEEP_MS_MIN,
} from "./limits.ts";

/** A duration, or the word for an endless one. */
export const keepField: z.ZodType<number | string> = durationOr(
  (value, ms) => value === "warm" || (ms !== undefined && ms >= KEEP_MS_MIN && ms <= KEEP_MS_MAX),
  "`warm`, or a duration of 10 s to 1 day",
  "As 5min: for so long a connection that nobody uses is kept; `warm`: there is always one.",
);

/** How long a workload waits. */
export const connectWaitField: z.ZodDefault<z.ZodType<number | string>> = durationOr(
  (_, ms) => ms === 0 || (ms !== undefined && ms >= CONNECT_WAIT_MS_MIN && ms <= CONNECT_WAIT_MS_MAX),
  "0, or a duration of 1 s to 1 hour",
  "As 5s: for so long a workload waits for a connection; 0: not at all where nobody is reached.",
).default(CONNECT_WAIT_MS);

/** How often a target is checked. */
export const healthCheckField: z.ZodOptional<z.ZodType<number | string>> = durationOr(
  (value, ms) => value === "off" || (ms !== undefined && ms >= HEALTH_CHECK_MS_MIN && ms <= HEALTH_CHECK_MS_MAX),
  "`off`, or a duration of 1 s to 1 day",
  "As 10s: so often the target is looked at while nobody uses the service; `off`: never.",
).optional();

/** A duration, or another value that is allowed in its place. `isGood` gets a duration in milliseconds, too. */
function durationOr(
  isGood: (value: unknown, ms: number | undefined) => boolean,
  error: string,
  advice: string,
): z.ZodType<number | string> {
  const msOf = (value: unknown): number | undefined =>
    typeof value === "string" || typeof value === "number" ? parseDuration(value) : undefined;
  const params = { code: "ERR_CONFIG_DURATION", advice } satisfies ProblemParams;
  return z.custom<number | string>().refine((value) => isGood(value, msOf(value)), { error, params });
}
