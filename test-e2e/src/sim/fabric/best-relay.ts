import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./fleet-node.ts";

/** The relay over which most routes that are in use lead. Coordinators are no such relays: their death is another trouble. */
export function bestRelay(fleet: Fleet): FleetNode {
  const uses = new Map<string, number>();
  for (const { fleetVertex } of fleet.nodes)
    for (const { route } of fleetVertex.flows.values())
      for (const name of route?.name.split(">") ?? []) uses.set(name, (uses.get(name) ?? 0) + 1);
  const { coordinators, relays } = fleet.plan;
  const others = relays.filter((name) => !coordinators.includes(name));
  return fleet.node(others.toSorted((a, b) => (uses.get(b) ?? 0) - (uses.get(a) ?? 0))[0]!);
}
