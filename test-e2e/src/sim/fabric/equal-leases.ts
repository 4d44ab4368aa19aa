/** Coordinators that know the same come to the same leases: each composes from what the coordinators of a fleet were told, in an order of its own. */
import { bodyOf, type Fact } from "@florenetes/facts";
import { compose, directoryOf, Plan, Reports, RouteGraph, slotOfWant, type Want, weightsOf } from "@florenetes/routes";
import type { Random } from "@florenetes/simkit";
import type { Fleet } from "./fleet.ts";
import { BrokenPromise } from "./fleet-checks.ts";

/** The composing of a lease; a test puts one that is not the same each time in its place. */
export type ComposeLease = typeof compose;

export function checkEqualLeases(fleet: Fleet, composeLease: ComposeLease = compose): number {
  let compared = 0;
  for (const name of fleet.plan.coordinators) {
    const { agent, at } = fleet.node(name);
    const reports = agent.coordinator.work?.reports.at(at.wall) ?? [];
    const [one, other] = [reports, shuffled(reports, fleet.random)].map((all) =>
      leasesOf(all, fleet, name, composeLease),
    );
    for (const [slot, lease] of one!) {
      if (other!.get(slot) !== lease)
        throw new BrokenPromise("equal leases", `${slot}: ${lease} and ${other!.get(slot)}`);
      compared++;
    }
  }
  return compared;
}

/** Leases as texts, by their slots. */
function leasesOf(
  reports: readonly Fact[],
  fleet: Fleet,
  name: string,
  composeLease: ComposeLease,
): Map<string, string> {
  const { agent, at } = fleet.node(name);
  const held = new Reports();
  for (const report of reports) held.take(report, at.wall);
  const directory = directoryOf(agent.book!, at.wall);
  const graph = new RouteGraph(held.at(at.wall), { directory, partitions: new Set(["north"]) });
  const options = { graph, weights: weightsOf(undefined), plan: new Plan(), coordinators: 2 };
  const leases = new Map<string, string>();
  for (const want of wantsOf(held.at(at.wall))) {
    const found = composeLease(want, options);
    const slot = slotOfWant(want);
    leases.set(slot, JSON.stringify(found));
    if (typeof found !== "string")
      options.plan.add(slot, { id: slot, ends: at.wall + 1, classes: want.classes, ...found });
  }
  return leases;
}

function wantsOf(reports: readonly Fact[]): Want[] {
  return reports.flatMap((report) =>
    (bodyOf(report, "report")?.uses ?? []).map((use) => ({ ...use, origin: report.subject, label: 900 })),
  );
}

function shuffled<Item>(all: readonly Item[], random: Random): Item[] {
  return all
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
