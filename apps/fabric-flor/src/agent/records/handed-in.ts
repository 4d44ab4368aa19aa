/** Records that somebody has handed in together, in whatever order and in however many copies. */
import { joinCopies, type Judgement, readEnvelope, readFact, recordIdOf } from "@florenetes/facts";
import { rankOf } from "../record-rank.ts";
import type { HeldRecords } from "./held-records.ts";

/** How often records that were handed in are offered to the book. */
const LOOKS = 3;

/** Judges each record after those that it may rest on, and joins copies that were signed apart. */
export function judgeHandedIn(
  all: readonly Uint8Array[],
  records: Pick<HeldRecords, "offer">,
  cluster: string,
  wall: number,
): Judgement[] {
  const inOrder = all.map((octets, index) => ({ octets, index, rank: rankIn(octets, cluster) }));
  inOrder.sort((a, b) => a.rank - b.rank);
  const judgements: Judgement[] = [];
  // Between records of one rank there may be an order, too: a role may be passed on.
  for (let look = 0; look < LOOKS; look++) {
    for (const { octets, index } of inOrder) {
      if (judgements[index]?.isAccepted !== true) judgements[index] = records.offer(octets, wall);
    }
  }
  const refused = all.filter((_, at) => isShortOfSignatures(judgements[at]!));
  for (const [id, octets] of joinCopies(refused)) {
    const judgement = records.offer(octets, wall);
    if (!judgement.isAccepted) continue;
    for (const [at, copy] of all.entries()) if (idOf(copy) === id) judgements[at] = judgement;
  }
  return judgements;
}

/** Octets that are no record come last. */
function rankIn(octets: Uint8Array, cluster: string): number {
  const fact = readFact(octets, cluster);
  return typeof fact === "string" ? Number.POSITIVE_INFINITY : rankOf(fact);
}

function isShortOfSignatures(judgement: Judgement): boolean {
  return !judgement.isAccepted && (judgement.reason === "quorum" || judgement.reason === "unknown-key");
}

function idOf(octets: Uint8Array): string | undefined {
  const envelope = readEnvelope(octets);
  return typeof envelope === "string" ? undefined : recordIdOf(envelope.payload);
}
