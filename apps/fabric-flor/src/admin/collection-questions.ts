/** Collections of storage, as holders, gateways and commands ask for them at the admin socket. */
import { bodyOf, type CollectionBody, type Fact, limitOf } from "@florenetes/facts";
import type { AdminRoute } from "@florenetes/process-kit";
import { organizationOf } from "@florenetes/routes";
import type { HeldRecords } from "../agent/records/held-records.ts";
import { organizationBudget } from "../agent/records/organization-budget.ts";

export interface CollectionsAgent {
  readonly cluster: string;
  readonly node: string;
  readonly records: Pick<HeldRecords, "book" | "index">;
}

/** The form of it is `toldCollections` of the package blobs: those who ask read it by that. */
interface CollectionsAnswer {
  readonly cluster: string;
  readonly node: string;
  readonly collections: readonly ToldCollection[];
  /** How many more are in force. */
  readonly left: number;
}

interface ToldCollection extends Omit<CollectionBody, "recovery-epoch"> {
  readonly scope: string;
  readonly name: string;
  readonly epoch: number;
  readonly recoveryEpoch: number;
  /** Octets; undefined: no budget in force bounds it. */
  readonly organizationBudget?: number;
}

/** Collections of one answer. Those that this node holds go before others where there are more. */
const COLLECTIONS_TOLD_MAX = 1_024;
/** The unit of the limit `storage`. */
const MEBIBYTE = 1_048_576;

/**
 * `GET /collections`: the collections in force that this node's book has, in the order of scope and name. A holder says with its question how many octets each organization
 * has in those that it holds (`held=acme:1048576`, for each), and what challenges have shown of other holders (`challenged=cluster/backups:c:12:keeps-nothing`), as the
 * agent asks no program.
 *
 * @param handleTold is told the words of each kind; none: whoever asks is no holder, or has nothing to say
 */
export function collectionQuestions(
  { cluster, node, records }: CollectionsAgent,
  wallClock: () => number,
  handleTold: (words: { readonly held: readonly string[]; readonly challenged: readonly string[] }) => void = () =>
    undefined,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/collections": (query): CollectionsAnswer => {
      handleTold({ held: query.getAll("held"), challenged: query.getAll("challenged") });
      const wall = wallClock();
      const facts = [...records.index.records("collection", wall).values()];
      const told = facts
        .toSorted((a, b) => rankOf(a, node) - rankOf(b, node) || byPlace(a, b))
        .slice(0, COLLECTIONS_TOLD_MAX)
        .toSorted(byPlace);
      const budgetOf = organizationBudgets(records, wall);
      const collections = told.map((fact) => tell(fact, budgetOf(fact.scope)));
      return { cluster, node, collections, left: facts.length - told.length };
    },
  };
}

function rankOf(fact: Fact, node: string): number {
  return bodyOf(fact, "collection")!.holders.some((holder) => holder.node === node) ? 0 : 1;
}

function byPlace(a: Fact, b: Fact): number {
  if (a.scope !== b.scope) return a.scope < b.scope ? -1 : 1;
  return a.subject < b.subject ? -1 : 1;
}

function tell(fact: Fact, budget: number | undefined): ToldCollection {
  const { "recovery-epoch": recoveryEpoch, ...body } = bodyOf(fact, "collection")!;
  const { scope, subject: name, epoch } = fact;
  return { scope, name, epoch, recoveryEpoch, ...body, ...(budget !== undefined && { organizationBudget: budget }) };
}

/** Octets that the organization of a scope may have in all its collections; each organization's record is read once. */
function organizationBudgets(
  { book }: CollectionsAgent["records"],
  wall: number,
): (scope: string) => number | undefined {
  const known = new Map<string, number | undefined>();
  return (scope) => {
    const organization = organizationOf(scope);
    if (organization === undefined) return undefined;
    if (!known.has(organization)) {
      const most = limitOf(organizationBudget(book, organization, wall)?.body, "storage");
      known.set(organization, most === undefined ? undefined : Math.min(most * MEBIBYTE, Number.MAX_SAFE_INTEGER));
    }
    return known.get(organization);
  };
}
