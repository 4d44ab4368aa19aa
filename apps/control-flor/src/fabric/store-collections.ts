import { compareTexts } from "./compare-texts.ts";
import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { CollectionHolder, CollectionResource } from "./resources.ts";

/** The role of a node that holds collections. */
const STORAGE_ROLE = "storage";

/** The collections of storage in force, by their scopes and names. */
export function storeCollectionsOf(view: Pick<FabricView, "records" | "holders">): readonly CollectionResource[] {
  const nodes = new Set(view.records("node").map(({ subject }) => subject));
  const announced = new Set(view.records("announce").map(({ subject }) => subject));
  const roles = new Set(view.records("role").map(({ scope, subject }) => roleKey(scope, subject)));
  const stateOf = (node: string): CollectionHolder["state"] => {
    if (!nodes.has(node)) return "no-record";
    return announced.has(node) ? "announced" : "silent";
  };
  const challenged = new Map(view.holders.map((holder) => [holderKey(holder, holder.node), holder]));
  return view
    .records("collection")
    .map((record): CollectionResource => {
      const { subject: name, scope, body } = record;
      const { copies, readers, writers, retention, unretained, budget, recipients, manifest } = body;
      const holders = body.holders.map(({ node, domain }): CollectionHolder => {
        const hasRole = roles.has(roleKey(scope, `${node}/${STORAGE_ROLE}`));
        const told = challenged.get(holderKey({ scope, name }, node));
        const challenges = told === undefined ? null : { failures: told.failures, keepsNothing: told.keepsNothing };
        return { node, domain, hasRole, state: stateOf(node), challenges };
      });
      return {
        name,
        scope,
        state: collectionState(holders),
        copies,
        holders,
        readers,
        writers,
        retention,
        unretained,
        budget,
        recipients,
        recoveryEpoch: body["recovery-epoch"],
        manifest: manifest ?? null,
        record: recordRef(record),
      };
    })
    .toSorted((a, b) => compareTexts(storeCollectionKey(a), storeCollectionKey(b)));
}

/** The name of a collection among those of all scopes: a space is in neither part. */
export function storeCollectionKey({ scope, name }: Pick<CollectionResource, "scope" | "name">): string {
  return `${scope} ${name}`;
}

/** A holder of a collection, among those of all. */
function holderKey(collection: Pick<CollectionResource, "scope" | "name">, node: string): string {
  return `${storeCollectionKey(collection)} ${node}`;
}

/** A role in a scope, whatever partition its subject ends with: `org/acme b/storage`. */
function roleKey(scope: string, subject: string): string {
  return `${scope} ${subject.split("/").slice(0, 2).join("/")}`;
}

function collectionState(holders: readonly CollectionHolder[]): CollectionResource["state"] {
  const living = holders.filter(({ state }) => state === "announced").length;
  if (living === holders.length) return "held";
  return living > holders.length / 2 ? "degraded" : "down";
}
