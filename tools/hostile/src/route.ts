import type { Ground } from "./ground.ts";
import { NOWHERE } from "./mesh.ts";

/** Makes the victim's calls of `NOWHERE` vanish on the attacker's node. */
export function routeNowhere(ground: Ground): Promise<void> {
  return routeToAttacker(ground, NOWHERE, ["blackhole", NOWHERE]);
}

/**
 * Leads a network from the victim to the attacker's node.
 *
 * @param there arguments of `ip route add` on the attacker's node
 */
export async function routeToAttacker(ground: Ground, network: string, there: readonly string[]): Promise<void> {
  const own = new URL(ground.endpoint("m", "v")).hostname;
  const found = await ground.lab.exec("m", ["ip", "-j", "route", "get", own]);
  const [{ prefsrc }] = JSON.parse(found.stdout) as [{ prefsrc: string }];
  for (const [node, route] of [
    ["m", there],
    ["v", [network, "via", prefsrc]],
  ] as const) {
    const { code, stderr } = await ground.lab.exec(node, ["ip", "route", "add", ...route]);
    if (code !== 0) throw new Error(`no route on ${node}: ${stderr}`);
  }
}
