import type { Check, Course } from "./attack.ts";
import type { Ground, Strike } from "./ground.ts";
import { checkClosedFor } from "./violations.ts";

/** The course of an attack, by its strike and by checks of what the attacker saw itself. */
export function courseOf({ packets, bytes }: Strike, ...checks: readonly Check[]): Course {
  return { packets, bytes, checks };
}

/** The course of an attack after which it does not matter whether the attacked connection was closed. */
export function endedCourse(strike: Strike): Course {
  return courseOf(strike, { isHeld: true, text: endOf(strike) });
}

/**
 * The course of an attack after which the victim has to have closed the connection, by its own count: its last words do not
 * reach every attacker.
 */
export async function closedCourse(
  ground: Ground,
  strike: Strike,
  over: "link" | "end",
  cause: string,
): Promise<Course> {
  const closed = await checkClosedFor(ground, over, cause);
  const heard = { isHeld: true, text: strike.code === null ? "its attacker has not heard of it" : endOf(strike) };
  return courseOf(strike, closed, heard);
}

/** How the attacked connection ended, if it did. */
export function endOf({ code, reason, refused }: Strike): string {
  if (typeof refused === "string") return `there was no connection to attack: ${refused}`;
  return code === null
    ? "the connection was not closed"
    : `the connection was closed with 0x${code.toString(16)} (${reason})`;
}
