import type { Check } from "./attack.ts";
import type { Ground } from "./ground.ts";

/** Checks that the victim counts a connection which it has closed for a cause of the law on what a peer may make it keep
 *  (docs/quic.md). */
export async function checkClosedFor(ground: Ground, over: "link" | "end", cause: string): Promise<Check> {
  const { linkFlor, clusterFlor } = await ground.status();
  const { violations } = ((over === "link" ? linkFlor : clusterFlor) ?? {}) as { violations?: Record<string, number> };
  const count = violations?.[cause] ?? 0;
  return { isHeld: count > 0, text: `${count} closed for ${cause}` };
}
