/** The change of keys: which records rest on keys that a next root does not list, and the records that take their places. */
import { Authority } from "../authority.ts";
import type { Fact } from "../fact.ts";
import { kindRuleOf } from "../kinds.ts";
import type { QuorumName } from "../root-body.ts";
import { findSignatureFault } from "../signatures.ts";
import { newestOf, slotOf } from "../slots.ts";
import { proposeRecord, proposeVoid } from "./proposal.ts";

/**
 * The place of a record under a root: `holds` by keys that the root lists; `lost`, as too few of its signatures are by such keys; `replaced` by a newer one
 * of its slot; `ended`; `other`, whose signers are not a quorum of the root, or whose kind this version does not know.
 */
export type Standing = "holds" | "lost" | "replaced" | "ended" | "other";

/**
 * The standing of each record under a root descriptor, its grace left aside: keys that it leaves out do not count, nor do those of programs. Nobody needs
 * to have signed the root.
 *
 * @param now Milliseconds since 1970
 */
export function standingsUnder(root: Fact, facts: readonly Fact[], now: number): ReadonlyMap<Fact, Standing> {
  const authority = Authority.of(root);
  const bySlot = Map.groupBy(facts, slotOf);
  return new Map(
    facts.map((fact) => {
      const isReplaced = newestOf(bySlot.get(slotOf(fact))!)!.id !== fact.id;
      return [fact, isReplaced ? "replaced" : standingOf(fact, authority, now)] as const;
    }),
  );
}

/**
 * The octets of a record without signatures that says the same as another one, or takes back the same, with the next epoch. Throws
 * ERR_FABRIC_PROPOSAL for kinds that this version does not know.
 */
export function proposeAgain(fact: Fact, now: number): Buffer<ArrayBuffer> {
  const { cluster, kind, scope, subject, authority, issuer, body } = fact;
  const place = { cluster, scope, subject, now, after: fact };
  if (fact.void === true) return proposeVoid({ ...place, kind });
  return proposeRecord({ ...place, kind: kind as "policy", authority, issuer, body });
}

function standingOf(fact: Fact, authority: Authority, now: number): Standing {
  if (fact.kind === "root" || kindRuleOf(fact.kind) === undefined) return "other";
  const isOfQuorum = QUORUMS.has(fact.authority);
  if (!isOfQuorum) return "other";
  if (now >= fact.expires) return "ended";
  const quorum = authority.quorum(fact.authority as QuorumName, now);
  const holds = quorum !== undefined && findSignatureFault(fact.envelope, quorum, () => false) === undefined;
  return holds ? "holds" : "lost";
}

const QUORUMS: ReadonlySet<string> = new Set(["control", "update", "storage"] satisfies QuorumName[]);
