/** A node and the release of its channel, as the node shows itself. */
import { bodyOf, type Fact, type InstalledBody } from "@florenetes/facts";
import { type Finding, warning } from "@florenetes/operator-text";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";

export interface ReleaseStatus {
  readonly channel: string;
  /** The version that the node has; null: dpkg does not say. */
  readonly version: string | null;
  /** Null: nothing is known of the node's software yet. */
  readonly state: InstalledBody["state"] | null;
  /** Code of what keeps the node from the release, or has sent it back. */
  readonly code: string | null;
  /** The reason why a node waits: its `stage`, the `device` of a phone, or its `turn` within a minute. */
  readonly waitsFor: "stage" | "device" | "turn" | null;
  /** The release in force; null: none is held. */
  readonly release: InForce | null;
  /** Fetches that were begun, that came to their end, and that failed. */
  readonly fetches: Readonly<Record<"begun" | "done" | "failed", number>>;
}

/** The last time that JavaScript can write. */
const TIME_MAX = 8_640_000_000_000_000;

/** A release in force. */
export interface InForce {
  readonly version: string;
  readonly epoch: number;
  /** In 1/10,000 of the nodes. */
  readonly stage: number;
  readonly deadline: string | null;
}

/** Null: the node follows no channel. */
export function releaseStatus({ releases }: Agent, at: Moment): ReleaseStatus | null {
  const { channel, state } = releases;
  if (channel === undefined) return null;
  const release = releases.release(at);
  return {
    channel,
    version: releases.version ?? null,
    state: state?.state ?? null,
    code: state?.code ?? null,
    waitsFor: state?.why ?? null,
    release: release === undefined ? null : inForce(release.fact),
    fetches: { begun: releases.fetches, done: releases.fetched, failed: releases.failures },
  };
}

/** A release record in force, as it is shown. */
export function inForce(fact: Fact): InForce {
  const { version, stage, deadline } = bodyOf(fact, "release")!;
  const time = deadline === undefined ? null : new Date(Math.min(deadline, TIME_MAX)).toISOString();
  return { version, epoch: fact.epoch, stage, deadline: time };
}

const WAITS = {
  stage: "its stage has not come",
  device: "for power and a network that costs nothing",
  turn: "its turn within a minute",
};

/** The line of status; none where the node follows no channel. */
export function* releaseLines({ releases }: { readonly releases: ReleaseStatus | null }): Generator<string> {
  if (releases === null) return;
  const { channel, version, state, code, waitsFor, release } = releases;
  const held =
    release === null
      ? "no release is held"
      : `${release.version} at ${release.stage / 100} % of the nodes (epoch ${release.epoch})`;
  const why = [waitsFor === null ? "" : WAITS[waitsFor], code ?? ""].filter((text) => text !== "").join(", ");
  yield `releases of ${channel}: ${held}; this node has ${version ?? "no package"}, ${state ?? "not known yet"}${why === "" ? "" : ` (${why})`}`;
}

/** A node that does not get to its release, though it is told to take it. */
export function* releaseFindings({ releases }: { readonly releases: ReleaseStatus | null }): Generator<Finding> {
  if (releases === null || releases.state === null) return;
  const { channel, state, code, release } = releases;
  const version = release?.version ?? "";
  const reason = code === null ? "" : ` (${code})`;
  const explain = code === null ? "`update-flor status` says why" : `\`flor explain ${code}\` says what to do`;
  if (state === "back")
    yield warning(
      `the node was not whole with ${version} of ${channel}, and has gone back${reason}`,
      `${explain}; \`update-flor retry\` has it tried again.`,
    );
  else if (state === "refused")
    yield warning(`the node does not take ${version} of ${channel}${reason}`, `${explain}.`);
  else if (code !== null)
    yield warning(
      `${version} of ${channel} does not come to this node${reason}`,
      `${explain}. It is tried again by itself.`,
    );
}
