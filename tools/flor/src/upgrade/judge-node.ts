/** Judges nodes by their states: whether they have a release, and whether they are as they were. Pure. */
import { clusterLinkKey } from "@florenetes/mesh-file";
import type { ClusterFacts, LinkFacts, NodeAnswer, ProgramAnswer } from "../mesh-status/node-facts.ts";
import { isTold } from "../mesh-status/node-rows.ts";
import type { NodeState } from "./node-state.ts";
import type { Packages } from "./package-folder.ts";

/** The units of a node that are to be restarted, and to be active afterwards. */
export function wantedUnits({ units }: NodeState): readonly string[] {
  return [...units].flatMap(([name, { isWanted }]) => (isWanted ? [name] : []));
}

/** Why a node does not have a release yet, in words that follow its name. Undefined: its packages are in place, and all processes run them. */
export function whyNotThere(state: NodeState, packages: Packages): string | undefined {
  for (const [name, { version, isInstalled }] of state.packages) {
    const wished = packages.get(name)?.version;
    if (wished === undefined) return `has ${name}, which the release does not have`;
    if (version !== wished || !isInstalled)
      return `has ${name} ${version}${isInstalled ? "" : ", not fully installed"}`;
  }
  const placedAt = Math.max(...[...state.packages.values()].map((each) => each.placedAt));
  for (const [name, { isActive, since }] of state.units)
    if (isActive && since < placedAt) return `has not restarted ${name} since its packages were put in place`;
  for (const [cluster, { clusterFlor, linkFlor }] of state.answers) {
    const programs = { "cluster-flor": clusterFlor, "link-flor": linkFlor };
    for (const [program, answer] of Object.entries(programs)) {
      const told = state.told.get(program);
      if (isTold<ClusterFacts | LinkFacts>(answer) && answer.status.version !== told)
        return `runs ${program} ${answer.status.version} for ${cluster}, and has ${told ?? "none"} installed`;
    }
  }
  for (const [unit, version] of state.running) {
    const program = unit.slice(0, unit.indexOf("@"));
    const told = state.told.get(program);
    if (version !== told) return `runs ${version} as ${unit}, and has ${program} ${told ?? "none"} installed`;
  }
  return undefined;
}

/** Why a node is worse than it was, in words that follow its name. */
export function whyWorse(before: NodeState, now: NodeState): string | undefined {
  for (const name of wantedUnits(before)) if (now.units.get(name)?.isActive !== true) return `has ${name} not active`;
  // A node that is asked for no versions tells none.
  for (const name of now.told.size === 0 ? [] : before.running.keys())
    if (!now.running.has(name)) return `has a process of ${name} that does not tell its version`;
  for (const [cluster, answer] of before.answers) {
    const present = now.answers.get(cluster);
    for (const program of ["clusterFlor", "linkFlor"] as const)
      if (isTold<ClusterFacts | LinkFacts>(answer[program]) && !isTold<ClusterFacts | LinkFacts>(present?.[program]))
        return `has a ${NAMES[program]} that does not answer for ${cluster}${silenceOf(present?.[program])}`;
    const up = linksUp(present);
    for (const link of linksUp(answer)) if (!up.has(link)) return `has its link ${link} of ${cluster} not up`;
    const [faults, faultsBefore] = [faultsOf(present), faultsOf(answer)];
    if (faults.length > faultsBefore.length)
      return `is not whole: ${faults.find((fault) => !faultsBefore.includes(fault)) ?? faults[0]!}`;
  }
  return undefined;
}

/** Whether a process of the node that should run does not answer. */
export function isAiling(state: NodeState, hasLinkFlor: boolean): boolean {
  return [...state.answers.values()].some(
    ({ clusterFlor, linkFlor }) => !isTold(clusterFlor) || (hasLinkFlor && !isTold(linkFlor)),
  );
}

/** The links of a node that are not up, by `clusterLinkKey`. A node that says nothing has none that is known. */
export function linksDown(node: string, { answers }: NodeState): readonly string[] {
  return [...answers].flatMap(([cluster, { clusterFlor }]) =>
    isTold(clusterFlor)
      ? clusterFlor.status.links.flatMap(({ peer, tag, state }) =>
          state === "up" ? [] : [clusterLinkKey({ cluster }, { between: [node, peer], tag })],
        )
      : [],
  );
}

/** Says that another node answers in the place of one. */
export function whyAstray(node: string, { answers }: NodeState): string | undefined {
  for (const [cluster, { clusterFlor }] of answers)
    if (isTold(clusterFlor) && (clusterFlor.status.vertex !== node || clusterFlor.status.cluster !== cluster))
      return `another one answers: ${clusterFlor.status.vertex} of cluster ${clusterFlor.status.cluster}`;
  return undefined;
}

const NAMES = { clusterFlor: "cluster-flor", linkFlor: "link-flor" } as const;

function silenceOf(answer: ProgramAnswer<unknown>): string {
  return answer !== undefined && "silence" in answer ? ` (${answer.silence})` : "";
}

function linksUp(answer: NodeAnswer | undefined): ReadonlySet<string> {
  const { clusterFlor } = answer ?? {};
  const links = isTold(clusterFlor) ? clusterFlor.status.links : [];
  return new Set(links.flatMap(({ name, state }) => (state === "up" ? [name] : [])));
}

function faultsOf(answer: NodeAnswer | undefined): readonly string[] {
  const { clusterFlor, linkFlor } = answer ?? {};
  const findings = [
    ...(isTold(clusterFlor) ? clusterFlor.status.findings : []),
    ...(isTold(linkFlor) ? linkFlor.status.findings : []),
  ];
  return findings.flatMap(({ weight, text }) => (weight === "fault" ? [text] : []));
}
