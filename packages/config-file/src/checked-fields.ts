import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { RATE_MAX, RATE_MIN } from "./limits.ts";
import { parseRate } from "./rate.ts";
import type { ProblemParams } from "./schema-problems.ts";

/** A rule for a text in a config file, and the message for a text that breaks it. */
export interface FieldRule extends ProblemParams {
  readonly test: (text: string) => boolean;
  /** The rule in words: "a name is …"; or what is wrong with that text. */
  readonly message: string | ((text: string) => string);
}

/** A text with a rule, whose code and advice reach the operator. */
export function checkedText(rule: FieldRule): z.ZodString {
  const { test, message, code, advice } = rule;
  const error = typeof message === "string" ? message : ({ input }: { input?: unknown }) => message(String(input));
  return z.string().refine(test, { error, params: { code, advice } satisfies ProblemParams });
}

/** A rule for a duration: from `min` to `max` milliseconds. `range` says so to people, for example "of at most 1 h". */
export interface DurationRule extends ProblemParams {
  readonly min: number;
  readonly max: number;
  readonly range: string;
}

/** A duration as `parseDuration` reads it. */
export function checkedDuration({ min, max, range, code, advice }: DurationRule): z.ZodType<number | string> {
  const isGood = (milliseconds: number | undefined): boolean =>
    milliseconds !== undefined && milliseconds >= min && milliseconds <= max;
  return z
    .custom<number | string>((value) => typeof value === "number" || typeof value === "string", {
      error: "expected a duration",
    })
    .refine((value) => isGood(parseDuration(value)), {
      error: `a duration ${range}`,
      params: { code, advice } satisfies ProblemParams,
    });
}

/** A rate as `parseRate` reads it, of 64 kbit/s to 1 Tbit/s: with less, a packet of the largest size would be late in every queue. */
export function checkedRate(code: string): z.ZodString {
  return checkedText({
    test: (text) => {
      const rate = parseRate(text);
      return rate !== undefined && rate >= RATE_MIN && rate <= RATE_MAX;
    },
    message: "a rate of 64 kbit/s to 1000 Gbit/s",
    code,
    advice: "As 50 Mbit/s: the bits per second that the link's way carries, headers included.",
  });
}
