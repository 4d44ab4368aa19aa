/** Which nodes of a fleet have to reach what they want, as honest links lie. */
import type { Fleet } from "./fleet.ts";
import { LED_SERVICE } from "./fleet-plan.ts";
import type { FleetVoids } from "./fleet-voids.ts";

/** An answer that is older says nothing of the present. */
const FRESH_MS = 5_000;

/** Origins that ought to have a route to a service and have none, as `n3 to s1`. */
export function unreached(fleet: Fleet, voids: FleetVoids): { readonly lacking: string[]; readonly asked: number } {
  const lacking: string[] = [];
  let asked = 0;
  for (const { name } of fleet.honest) {
    if (voids.has("node", name)) continue;
    const near = reachable(fleet, voids, name);
    for (const service of fleet.plan.wants.get(name) ?? []) {
      const hosts = fleet.plan.services.get(service)!;
      const isThere = hosts.some((host) => near.has(host) && isServing(fleet, voids, host, service));
      if (voids.has("service", service) || !isThere) continue;
      const flows = [...fleet.node(name).fleetVertex.flows.values()].filter((flow) => flow.service === service);
      asked++;
      if (!flows.some(({ answeredAt }) => fleet.now - answeredAt < FRESH_MS)) lacking.push(`${name} to ${service}`);
    }
  }
  return { lacking, asked };
}

function isServing(fleet: Fleet, voids: FleetVoids, host: string, service: string): boolean {
  if (fleet.hostile.has(host) || voids.has("node", host)) return false;
  return service !== LED_SERVICE || fleet.node(host).fleetVertex.isServing(service);
}

/** Nodes to which links lead over honest relays whose role is good. */
function reachable(fleet: Fleet, voids: FleetVoids, origin: string): Set<string> {
  const { hostile, plan } = fleet;
  const near = new Set([origin]);
  for (const name of near) {
    const mayPass = name === origin || (plan.relays.includes(name) && !hostile.has(name) && !voids.has("relay", name));
    if (!mayPass) continue;
    for (const { peer, isUp } of fleet.node(name).fleetVertex.links.all) if (isUp) near.add(peer);
  }
  return near;
}
