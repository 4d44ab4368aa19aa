/** How far a release has come among the nodes that tell a coordinator of their software. Pure. */
import { bodyOf, type Fact, INSTALLED_STATES, type InstalledBody } from "@florenetes/facts";
import { isInStage } from "@florenetes/releases/stages";
import { TOLD_NODES_MAX } from "./limits.ts";

export type InstalledState = InstalledBody["state"];

/** Counts of the nodes of one channel that have one version. */
export interface VersionCounts {
  readonly channel: string;
  /** The version that they have now. */
  readonly version: string;
  /** Nodes that have told so. */
  readonly told: number;
  readonly states: Readonly<Record<InstalledState, number>>;
}

/** A node that went back or refuses. */
export interface TroubledNode {
  readonly node: string;
  readonly channel: string;
  readonly version: string;
  readonly state: "back" | "refused";
  readonly code: string | null;
}

/** Versions of one answer: nodes may tell any. */
const VERSIONS_MAX = 64;

/** Words of nodes, by channel and version, those first that most have; and the first nodes by name that went back or refuse. */
export function countReleases(
  told: readonly Fact[],
  channel?: string,
): { readonly versions: readonly VersionCounts[]; readonly nodes: readonly TroubledNode[]; readonly left: number } {
  const counts = new Map<
    string,
    { channel: string; version: string; told: number; states: Record<InstalledState, number> }
  >();
  const troubled: TroubledNode[] = [];
  for (const fact of told) {
    const body = bodyOf(fact, "installed");
    if (body === undefined || (channel !== undefined && body.channel !== channel)) continue;
    const key = `${body.channel} ${body.version}`;
    const count = counts.get(key) ?? { channel: body.channel, version: body.version, told: 0, states: noStates() };
    counts.set(key, count);
    count.told++;
    count.states[body.state]++;
    const { state, code } = body;
    if (state === "back" || state === "refused")
      troubled.push({ node: fact.subject, channel: body.channel, version: body.version, state, code: code ?? null });
  }
  const versions = [...counts.values()].toSorted((a, b) => b.told - a.told || (keyOf(a) < keyOf(b) ? -1 : 1));
  const nodes = troubled.toSorted((a, b) => (a.node < b.node ? -1 : 1));
  return {
    versions: versions.slice(0, VERSIONS_MAX),
    nodes: nodes.slice(0, TOLD_NODES_MAX),
    left: Math.max(0, nodes.length - TOLD_NODES_MAX),
  };
}

/** Nodes by the state that they tell. */
export function countStates(told: readonly Fact[]): Record<InstalledState, number> {
  const states = noStates();
  for (const fact of told) {
    const body = bodyOf(fact, "installed");
    if (body !== undefined) states[body.state]++;
  }
  return states;
}

function noStates(): Record<InstalledState, number> {
  return Object.fromEntries(INSTALLED_STATES.map((state) => [state, 0])) as Record<InstalledState, number>;
}

function keyOf({ channel, version }: { readonly channel: string; readonly version: string }): string {
  return `${channel} ${version}`;
}

/** Nodes of a stage, and how they are. */
export interface StageCounts {
  /** Nodes that are to have the release. */
  readonly inStage: number;
  /** Nodes of the stage that have it, and are whole. */
  readonly whole: number;
  /** Nodes of the stage that went back from it. */
  readonly back: number;
}

/** How the nodes of a stage are. @param told Words of nodes about their software, by name */
export function countStage(
  nodes: Iterable<string>,
  told: (node: string) => Fact | undefined,
  { channel, version, stage }: { readonly channel: string; readonly version: string; readonly stage: number },
): StageCounts {
  const counts = { inStage: 0, whole: 0, back: 0 };
  for (const node of nodes) {
    if (!isInStage(channel, version, node, stage)) continue;
    const fact = told(node);
    const body = fact === undefined ? undefined : bodyOf(fact, "installed");
    // A node that says nothing counts: it may be one that the release has silenced.
    if (body !== undefined && body.channel !== channel) continue;
    counts.inStage++;
    if (body === undefined) continue;
    if (body.state === "current" && body.version === version) counts.whole++;
    if (body.state === "back" && body.release?.version === version) counts.back++;
  }
  return counts;
}
