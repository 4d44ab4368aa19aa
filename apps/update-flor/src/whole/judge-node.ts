/** Judges a node by what it says: whether it runs its packages, and whether it is as it was. Pure. */
import type { Journal, PlacedPackage } from "../journal/journal.ts";
import type { NodeState } from "./node-state.ts";

/** How a node was before: its units, and what its processes told. */
export type NodeBefore = Pick<Journal, "units" | "programs">;

/** Keeps of a node what it has to be like later. */
export function nodeBefore({ units, processes }: NodeState): NodeBefore {
  return {
    units: [...units].flatMap(([name, { isActive }]) => (isActive ? [name] : [])),
    programs: [...processes].flatMap(([socket, state]) =>
      "silence" in state ? [] : [{ socket, links: [...state.linksUp], faults: [...state.faults] }],
    ),
  };
}

/** Units that people have started anew: those that run or are about to, and those that have failed. */
export function unitsToRestart({ units }: Pick<NodeState, "units">): readonly string[] {
  return [...units].flatMap(([name, { isActive, isStarting, hasFailed }]) =>
    isActive || isStarting || hasFailed ? [name] : [],
  );
}

/** Why packages are not in place, in words that follow "the node". Undefined: all are, and in order. */
export function whyNotInPlace(
  { packages }: Pick<NodeState, "packages">,
  wished: readonly PlacedPackage[],
): string | undefined {
  for (const { name, version } of wished) {
    const present = packages.get(name);
    if (present === undefined) return `has no ${name}`;
    if (present.version !== version) return `has ${name} ${present.version}`;
    if (!present.isInstalled) return `has ${name} ${version}, not fully installed`;
  }
  return undefined;
}

/**
 * Why a node does not run its packages yet or is worse than it was, in words that follow "the node". Undefined: it is whole.
 *
 * @param told the versions that the installed programs tell, by the beginnings of the paths of their processes' sockets
 */
export function whyNotWhole(
  before: NodeBefore,
  now: NodeState,
  wished: readonly PlacedPackage[],
  told: ReadonlyMap<string, string>,
): string | undefined {
  const placed = whyNotInPlace(now, wished);
  if (placed !== undefined) return placed;
  for (const name of before.units) if (now.units.get(name)?.isActive !== true) return `has ${name} not active`;
  for (const { socket, links, faults } of before.programs) {
    const process = now.processes.get(socket) ?? { silence: "it has no socket" };
    if ("silence" in process) return `has no answer at ${socket} (${process.silence})`;
    const version = [...told].find(([start]) => socket.startsWith(start))?.[1];
    if (version !== undefined && process.version !== version)
      return `runs ${process.version} at ${socket}, and has ${version} installed`;
    // A link has another end, which may have gone by itself: the half of them that are up show that the node can.
    const down = links.filter((each) => !process.linksUp.includes(each));
    if (2 * down.length > links.length) return `has its link ${down[0]!} not up, as most others`;
    if (process.faults.length > faults.length)
      return `is not whole: ${process.faults.find((fault) => !faults.includes(fault)) ?? process.faults[0]!}`;
  }
  return undefined;
}
