/** How a holder is, for people. Pure. */
import { fault, type Finding, warning } from "@florenetes/operator-text";
import { countNouns, formatBytes, formatCounts } from "@florenetes/process-kit";
import type { CollectionStatus, StorageStatus } from "./storage-status.ts";

type Held = NonNullable<CollectionStatus["held"]>;
type Peer = Held["holders"][number];

/** Finds faults of a holder, and says what to do about them. */
export function* storageFindings(storage: StorageStatus): Generator<Finding> {
  const { octets, budget, fault: reason, agentFault, collections } = storage;
  if (reason !== null) {
    const text = `the disk of \`state\` does not serve (${reason}): other holders take the part of this one`;
    yield fault(text, "Make room on the disk, or mend it. What is damaged or missing comes back by itself.");
  }
  if (octets > budget - SHARD_ROOM) {
    const text = `the budget is spent: ${formatBytes(octets)} of ${formatBytes(budget)}`;
    yield warning(text, "Raise `budget`, or have other nodes hold collections. Nothing new is taken here meanwhile.");
  }
  if (agentFault !== null) {
    const text = `the agent says nothing of collections (${agentFault}): what it said last goes on, but is written for 15 min alone`;
    yield warning(text, "Look at fabric-flor on this node.");
  }
  for (const collection of collections) yield* collectionFindings(collection, agentFault !== null);
}

/** A shard has no more octets. */
const SHARD_ROOM = 4_194_304;

function* collectionFindings(
  { name, fault: reason, held }: CollectionStatus,
  isAgentSilent: boolean,
): Generator<Finding> {
  if (reason !== null)
    yield fault(`${name} cannot be opened (${reason})`, "Mend the disk of `state`: it is tried again by itself.");
  if (held === null) return;
  yield* stateFindings(name, held, isAgentSilent);
  for (const peer of held.holders) yield* peerFindings(name, peer);
  if (held.missing > 0) {
    const text = `${name}: no holder that answers has ${countNouns({ shard: held.missing })} that belong here`;
    yield warning(text, "Bring back a holder that is away. `flor store check` names the objects.");
  }
  if (held.lacking > 0) {
    const text = `${name}: there are fewer copies of ${countNouns({ shard: held.lacking })} than the record says`;
    yield warning(text, "They are copied by themselves, as soon as enough holders live and have room.");
  }
  const { shardsDamaged } = held.counters;
  if (shardsDamaged > 0) {
    const text = `${name}: the disk has changed ${countNouns({ shard: shardsDamaged })} since the process started`;
    yield warning(text, "Look at the disk. The shards were fetched anew from other holders.");
  }
}

function* peerFindings(name: string, { node, isLiving, keepsNothing, isFull, failures }: Peer): Generator<Finding> {
  if (keepsNothing) {
    const text = `${name}: holder ${node} keeps nothing: it has shown no shard in two challenges`;
    yield warning(text, "Look at that machine, and at who runs it. Its shards are copied to others meanwhile.");
  } else if (failures > 0) {
    const text = `${name}: holder ${node} has not shown ${countNouns({ shard: failures })} that it is to have, since this process started`;
    yield warning(text, "Look at the disk of that machine: shards were lost or changed. It gets them anew.");
  }
  if (keepsNothing) return;
  if (!isLiving) {
    const text = `${name}: holder ${node} gives no answer`;
    yield warning(
      text,
      "Look at store-flor on that node, and at the way there. Others have copies of its shards made.",
    );
  } else if (isFull) {
    const text = `${name}: holder ${node} takes no shards at present`;
    yield warning(text, "Look at store-flor there: make room where its disk, or its `budget`, is full.");
  }
}

function* stateFindings(name: string, { state, isYoung }: Held, isAgentSilent: boolean): Generator<Finding> {
  if (isYoung) {
    const text = `${name}: its names began anew here, and it answers nothing about names until it has heard the other holders`;
    yield warning(text, "It goes by itself as soon as they answer, or after 2 min with most of them.");
  }
  if (state === "read-only" && isAgentSilent) {
    const text = `${name}: nothing is written, as the agent says no more that its record is in force`;
    yield warning(text, "It is written again by itself once fabric-flor on this node answers.");
  } else if (state === "read-only") {
    const text = `${name}: nothing is written, as its record has ended: the agent does not tell it any more`;
    yield warning(text, "Have the storage quorum sign it anew: `flor fabric propose collection`.");
  }
  if (state === "left") {
    const text = `${name}: its record does not name this node any more: other holders read from here, and nobody else does`;
    yield warning(text, "When they have all of it (`flor store check`), stop store-flor and remove the folder.");
  }
  if (state === "unknown") {
    const text = `${name} lies here, and no record of it was ever told`;
    yield warning(text, "Have the storage quorum sign it; or stop store-flor, and remove the folder.");
  }
}

/** Tells the collections of a holder. */
export function storageLines({ octets, budget, received, collections }: StorageStatus): readonly string[] {
  const all = countNouns({ collection: collections.length });
  return [
    `a holder: ${all}, ${formatBytes(octets)} of ${formatBytes(budget)}; received ${formatBytes(received)}`,
    ...collections.flatMap(collectionLines),
  ];
}

function collectionLines({ name, held }: CollectionStatus): readonly string[] {
  if (held === null) return [`${name}: not open`];
  const { objects, octets, held: here, state, terms, holders, counters, refused } = held;
  const record = terms === undefined ? "" : `, ${terms.copies} copies, recovery epoch ${terms.recoveryEpoch}`;
  const living = holders.filter(({ isLiving }) => isLiving).map(({ node }) => node);
  const { shardsTaken, shardsGiven, shardsPushed, shardsPulled, shardsDamaged, challengesPassed, challengesFailed } =
    counters;
  return [
    `${name}: ${state}, ${countNouns({ object: objects })}, ${formatBytes(octets)}, ${formatBytes(here)} here${record}`,
    `  others that live: ${living.join(", ") || "none"}, of ${holders.length}`,
    `  shards taken ${shardsTaken}, given ${shardsGiven}, pushed ${shardsPushed}, pulled ${shardsPulled}, damaged ${shardsDamaged}; challenges passed ${challengesPassed}, failed ${challengesFailed}; refused: ${formatCounts(refused)}`,
  ];
}
