/** Questions for misuse, at the admin socket: who costs others work without use, as far as this node counts it, and who is slowed. */
import { type AdminRoute, formatCounts } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import { MISUSE_KINDS, type MisuseKind } from "../agent/misuse/misuse-kinds.ts";
import type { ShownMisuse } from "../agent/misuse/misuse.ts";
import type { Moment } from "../agent/moment.ts";

/** Names of one answer: first those that are slowed, then those that were within a day, then those with the highest counts. */
const MISUSE_TOLD_MAX = 256;

export interface MisuseStatus {
  /** Names that are slowed now. */
  readonly slowed: Readonly<Record<MisuseKind, number>>;
  /** How much was counted since the process began, and how much of it was not done, or done later, as its causer is slowed. */
  readonly counted: Readonly<Record<MisuseKind, number>>;
  readonly heldBack: Readonly<Record<MisuseKind, number>>;
}

interface ToldMisuse {
  readonly of: MisuseKind;
  readonly by: ShownMisuse["by"];
  readonly name: string;
  /** Within the last hour, and how much of it is let pass. */
  readonly count: number;
  readonly most: number;
  /** Null: it is not slowed. */
  readonly since: string | null;
  readonly slowedUntil: string | null;
  /** For how long it was slowed within the last day. */
  readonly slowedMs: number;
}

export function misuseStatus({ misuse }: Agent): MisuseStatus {
  const of = (counts: ReadonlyMap<MisuseKind, number>): Record<MisuseKind, number> =>
    Object.fromEntries(MISUSE_KINDS.map((kind) => [kind, counts.get(kind) ?? 0])) as Record<MisuseKind, number>;
  return { slowed: of(misuse.slowed()), counted: of(misuse.counted), heldBack: of(misuse.heldBack) };
}

/** The line of status, without names; none where nothing was counted. */
export function* misuseLines({ misuse }: { readonly misuse: MisuseStatus }): Generator<string> {
  const { slowed, counted, heldBack } = misuse;
  if (Object.values(counted).every((count) => count === 0)) return;
  yield `misuse: ${formatCounts(counted)}; slowed now: ${formatCounts(slowed)}; held back: ${formatCounts(heldBack)}`;
}

/** `GET /misuse`: at most 256 names, and how many more there are. */
export function misuseQuestions(agent: Agent, node: string, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/misuse": () => {
      const at = now();
      const all = agent.misuse.shown(at);
      const misuse = all.slice(0, MISUSE_TOLD_MAX).map((shown) => told(shown, at));
      return { node, misuse, left: all.length - misuse.length };
    },
  };
}

function told({ since, slowedUntil, slowedMs, ...rest }: ShownMisuse, { now, wall }: Moment): ToldMisuse {
  const timeOf = (time: number | undefined): string | null =>
    time === undefined ? null : new Date(Math.round(wall + time - now)).toISOString();
  return { ...rest, since: timeOf(since), slowedUntil: timeOf(slowedUntil), slowedMs: Math.round(slowedMs) };
}
