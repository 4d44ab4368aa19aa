/** Releases: how this node is with its own, and, at a coordinator, how far each has come among the nodes that it hears. */
import { isName, OperatorError } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { countReleases, countStage, type TroubledNode, type VersionCounts } from "../agent/releases/release-counts.ts";
import type { WatchedStage } from "../agent/releases/stages.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { type InForce, inForce, releaseStatus, type ReleaseStatus } from "./release-status.ts";

/** A release in force, and the nodes of a coordinator that are to have it. */
interface ReleaseProgress extends InForce {
  readonly channel: string;
  /** Nodes that are heard, and told to take it; those of them that have it; those that went back. */
  readonly inStage: number;
  readonly whole: number;
  readonly back: number;
}

interface ReleasesAnswer {
  readonly node: string;
  /** Null: the node follows no channel. */
  readonly own: ReleaseStatus | null;
  /** Null: the node coordinates nothing. */
  readonly coordinator: {
    readonly partition: string;
    /** Nodes that are heard, whether they tell of their software or not. */
    readonly heard: number;
    readonly releases: readonly ReleaseProgress[];
    readonly versions: readonly VersionCounts[];
    /** Nodes that went back or refuse, the first ones by name. */
    readonly nodes: readonly TroubledNode[];
    readonly left: number;
  } | null;
  /** The rule `releases` of the config's `signer`; null: it has none. */
  readonly rule: {
    readonly isListed: boolean;
    readonly signed: number;
    readonly fault: string | null;
    readonly watched: readonly WatchedStage[];
  } | null;
}

/** Releases of one answer. */
const RELEASES_TOLD_MAX = 64;

/** `GET /releases?channel=…`. Throws ERR_FABRIC_CHANNEL. */
export function releaseQuestions(agent: Agent, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/releases": (query): ReleasesAnswer => {
      const channel = query.get("channel") ?? undefined;
      if (channel !== undefined && !isName(channel)) throw channelError();
      const at = now();
      const own = releaseStatus(agent, at);
      return {
        node: agent.node,
        own: channel === undefined || own?.channel === channel ? own : null,
        coordinator: progressOf(agent, channel, at),
        rule: ruleOf(agent, at),
      };
    },
  };
}

function progressOf(
  { book, coordinator }: Agent,
  channel: string | undefined,
  { wall }: Moment,
): ReleasesAnswer["coordinator"] {
  const { work, partition } = coordinator;
  if (work === undefined || partition === undefined || book === undefined) return null;
  const told = work.installed.at(wall);
  const byName = new Map(told.map((fact) => [fact.subject, fact]));
  const heard = new Set([...byName.keys(), ...work.profiles.at(wall).map(({ subject }) => subject)]);
  const facts = [...book.all("release", wall)].filter(({ subject }) => channel === undefined || subject === channel);
  const releases = facts.slice(0, RELEASES_TOLD_MAX).map((fact): ReleaseProgress => {
    const about = { channel: fact.subject, ...inForce(fact) };
    return { ...about, ...countStage(heard, (name) => byName.get(name), about) };
  });
  return { partition, heard: heard.size, releases, ...countReleases(told, channel) };
}

function ruleOf({ stages }: Agent, { now }: Moment): ReleasesAnswer["rule"] {
  const { hasRule, isListed, signed, fault } = stages;
  return hasRule ? { isListed, signed, fault: fault ?? null, watched: stages.watched(now) } : null;
}

function channelError(): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_CHANNEL";
  return new OperatorError(code, "channel: it is no name of a channel", {
    advice: "Name it as the release records do.",
  });
}
