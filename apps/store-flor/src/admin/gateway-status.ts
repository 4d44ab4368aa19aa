import type { HolderStanding } from "@florenetes/blobs/client";
import { type Finding, formatDuration, warning } from "@florenetes/operator-text";
import { formatBytes, formatCounts } from "@florenetes/process-kit";

/** The part of the status that a gateway for restic has. */
export interface GatewayStatus {
  /** The code of why the agent says nothing of collections; null: it does. */
  readonly agentFault: string | null;
  /** Files that are being written or read, and lists. */
  readonly files: number;
  /** Octets of files that were posted. */
  readonly posted: number;
  /** Parts of shards that were in memory, and that were fetched from holders. */
  readonly hits: number;
  readonly misses: number;
  /** Requests that were not done, by the code of the reason. */
  readonly faults: Readonly<Record<string, number>>;
  readonly collections: readonly CollectionStatus[];
}

/** A collection, and how its holders stand. */
export interface CollectionStatus {
  readonly scope: string;
  readonly name: string;
  /** Null: the agent tells of no record of it. */
  readonly copies: number | null;
  readonly recoveryEpoch: number | null;
  /** The agent has told a record, and tells it no more: the collection is read by what it said, and not written. */
  readonly hasEnded: boolean;
  /** Empty until somebody has asked for something. */
  readonly holders: readonly HolderStanding[];
}

/** Says what is wrong with a gateway. Pure. */
export function gatewayFindings({ agentFault, collections }: GatewayStatus): Generator<Finding> {
  return collectionFindings(agentFault, collections);
}

/** Says what is wrong with collections that a client uses. Pure. @param agentFault the code of why the agent says nothing; null: it does */
export function* collectionFindings(
  agentFault: string | null,
  collections: readonly CollectionStatus[],
): Generator<Finding> {
  if (agentFault !== null) {
    const text = `the agent tells nothing of collections (${agentFault}): what it told last counts on`;
    yield warning(text, "Look at fabric-flor on this node.");
  }
  for (const { scope, name, copies, hasEnded, holders } of collections) {
    const label = `${scope}/${name}`;
    if (copies === null && agentFault === null)
      yield warning(
        `no record of the collection ${label} is in force`,
        "Have the storage quorum sign one, or mend the name.",
      );
    if (hasEnded && agentFault === null) {
      const text = `the record of the collection ${label} has ended: it is read, and not written`;
      yield warning(text, "Have the storage quorum sign it anew: `flor fabric propose collection`.");
    }
    const silent = holders.filter(({ pausedMs }) => pausedMs > 0).map(({ node }) => node);
    if (silent.length > 0) {
      const text = `${silent.length} of ${holders.length} holders of ${label} give no answer: ${silent.join(", ")}`;
      yield warning(text, "Look at store-flor on those nodes, and at the ways there.");
    }
    for (const { node, wrong } of holders) {
      if (wrong === 0) continue;
      const text = `the holder ${node} of ${label} gave octets that were not written, ${wrong} times`;
      yield warning(text, "Its disk is damaged, or somebody else speaks for it: look at that machine.");
    }
  }
}

/** Lines for people. */
export function gatewayLines({ files, posted, hits, misses, faults, collections }: GatewayStatus): readonly string[] {
  return [
    `a gateway for restic: ${files} files at present; taken ${formatBytes(posted)}`,
    `parts of shards from memory ${hits}, from holders ${misses}; not done: ${formatCounts(faults)}`,
    ...collectionLines(collections),
  ];
}

/** Lines about collections that a client uses. */
export function collectionLines(collections: readonly CollectionStatus[]): readonly string[] {
  return [
    ...collections.map(({ scope, name, copies, recoveryEpoch, hasEnded }) =>
      copies === null
        ? `collection ${scope}/${name}: no record of it`
        : `collection ${scope}/${name}: ${copies} copies, recovery epoch ${recoveryEpoch}${hasEnded ? ", ended" : ""}`,
    ),
    ...collections.flatMap(({ scope, name, holders }) =>
      holders.map(({ node, pausedMs, faults: ofOne, wrong }) => {
        const pause = pausedMs === 0 ? "" : `, left alone for ${formatDuration(pausedMs)}`;
        return `holder ${node} of ${scope}/${name}: ${ofOne} faults, ${wrong} wrong shards${pause}`;
      }),
    ),
  ];
}
