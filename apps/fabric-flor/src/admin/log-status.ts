/** The log, as an agent shows it. */
import type { AgentLog } from "../agent/log/agent-log.ts";
import type { LogProblem } from "../agent/log/log-orders.ts";

export interface LogStatus {
  /** The log's name; null: not known before there is a root. */
  readonly name: string | null;
  /** The node's own copy; null: it keeps none. */
  readonly store: {
    /** The last entry that was read and proven, and its hash. */
    readonly entries: number;
    readonly head: string;
    /** Whether all was read, and nothing is in the way. */
    readonly isWhole: boolean;
    /** Records that are held here and not in the log; null: not known yet. */
    readonly missing: number | null;
    /** Entries whose record was refused, by the reason. */
    readonly refused: Readonly<Record<string, number>>;
    /** Entries that this process has removed as nobody needs them any more. */
    readonly compacted: number;
  } | null;
  /** The fault that is in the way of the store; null: none. */
  readonly problem: LogProblem | null;
  /** Entries of which there are two: somebody has shown different people different logs. */
  readonly forks: readonly number[];
  /** The last checkpoint that was accepted; null: none. */
  readonly checkpoint: {
    readonly index: number;
    readonly epoch: number;
    readonly issued: string;
    readonly ageMs: number;
  } | null;
  /** Nodes that the policy in force lists as signers of checkpoints. */
  readonly signers: readonly string[];
  /** Whether they have signed none for an hour. */
  readonly isStale: boolean;
  /** Sections in which the last checkpoint has other records than this node. */
  readonly differing: readonly string[];
  /** This node's part in it, if it is a signer: how many it has signed, and what came of the last proposal; null: none came yet. */
  readonly signing: { readonly signed: number; readonly outcome: string | null } | null;
}

export function logStatus(log: AgentLog, wall: number): LogStatus | null {
  const { name, hasStore, store, problem, forks, watch, signers, round } = log;
  if (!hasStore && signers.length === 0) return null;
  const { last } = watch;
  const isSigner = hasStore && round.own(signers) !== undefined;
  return {
    name: name ?? null,
    store: !hasStore
      ? null
      : {
          entries: store?.seen.index ?? 0,
          head: store?.seen.hash ?? "",
          isWhole: store?.isWhole === true,
          missing: log.missing ?? null,
          refused: Object.fromEntries(log.refused),
          compacted: log.compacted,
        },
    problem: problem ?? null,
    forks: forks.map(({ index }) => index),
    checkpoint:
      last === undefined
        ? null
        : {
            index: last.index,
            epoch: last.epoch,
            issued: new Date(last.issued).toISOString(),
            ageMs: wall - last.issued,
          },
    signers: signers.map(({ node }) => node),
    isStale: log.isStale(wall),
    differing: log.differing,
    signing: isSigner ? { signed: round.signed, outcome: round.outcome ?? null } : null,
  };
}
