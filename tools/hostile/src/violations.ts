import type { Course } from "./attack.ts";
import { courseOf, endOf } from "./course.ts";
import type { Ground } from "./ground.ts";

/**
 * Makes an attack after which the victim must have closed a connection, since its peer made it keep too much (docs/develop/quic.md). The
 * victim's own count says so: its CONNECTION_CLOSE does not reach every attacker.
 *
 * @param name the attacker's program
 */
export async function strikeUntilClosed(
  ground: Ground,
  name: string,
  options: Readonly<Record<string, unknown>> & { readonly over: "link" | "end" },
  cause: string,
): Promise<Course> {
  const before = await violations(ground, options.over, cause);
  const strike = await ground.strike(name, options);
  const count = (await violations(ground, options.over, cause)) - before;
  const heard = { isHeld: true, text: strike.code === null ? "its attacker has not heard of it" : endOf(strike) };
  return courseOf(strike, { isHeld: count > 0, text: `${count} closed for ${cause}` }, heard);
}

/** Connections that the victim has closed for a cause since its start. */
async function violations(ground: Ground, over: "link" | "end", cause: string): Promise<number> {
  const { linkFlor, clusterFlor } = await ground.status();
  const counts = ((over === "link" ? linkFlor : clusterFlor) ?? {}) as { violations?: Record<string, number> };
  return counts.violations?.[cause] ?? 0;
}
