import type { CollectionStatus } from "./storage-status.ts";

/** Words of one question: each names a holder. */
const WORDS_MAX = 16;

/**
 * Words on other holders that failed challenges, for the node's agent to tell: `cluster/backups:c:12:keeps-nothing`, or `:holds` where some shards were absent or
 * changed, and others right. Those that keep nothing come first. Pure.
 */
export function challengeWords(collections: readonly CollectionStatus[]): readonly string[] {
  return collections
    .flatMap(({ name, held }) => (held?.holders ?? []).map((peer) => ({ name, ...peer })))
    .filter(({ failures, keepsNothing }) => failures > 0 || keepsNothing)
    .toSorted((a, b) => Number(b.keepsNothing) - Number(a.keepsNothing) || b.failures - a.failures)
    .slice(0, WORDS_MAX)
    .map(
      ({ name, node, failures, keepsNothing }) =>
        `${name}:${node}:${failures}:${keepsNothing ? "keeps-nothing" : "holds"}`,
    );
}
