import type { Check, Course } from "./attack.ts";
import type { Strike } from "./ground.ts";

/** The course of an attack: its strike, and the checks. */
export function courseOf({ packets, bytes }: Strike, ...checks: readonly Check[]): Course {
  return { packets, bytes, checks };
}

/** The course of an attack after which it does not matter whether the attacked connection was closed. */
export function endedCourse(strike: Strike): Course {
  return courseOf(strike, { isHeld: true, text: endOf(strike) });
}

/** How the attacked connection ended, if it did. */
export function endOf({ code, reason, refused }: Strike): string {
  if (typeof refused === "string") return `there was no connection to attack: ${refused}`;
  return code === null
    ? "the connection was not closed"
    : `the connection was closed with 0x${code.toString(16)} (${reason})`;
}
