import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { AuthorityResource, LogResource } from "./resources.ts";

/** Who may sign what; null: the node has no root yet. */
export function authorityOf({ records, status }: FabricView): AuthorityResource | null {
  const [root] = records("root");
  if (root === undefined) return null;
  const { body } = root;
  const lists = Object.entries({ ...body.authorities, recovery: body.recovery === "none" ? undefined : body.recovery });
  return {
    root: { ...recordRef(root), version: root.epoch, mode: body.mode },
    quorums: lists.flatMap(([authority, list]) =>
      list === undefined
        ? []
        : [
            {
              authority,
              threshold: list.threshold,
              keys: list.keys.map(({ key, name, auto }) => ({ name, key, isProgram: auto === true })),
            },
          ],
    ),
    waiting: status.root?.waiting ?? [],
    ends: status.ends,
  };
}

/** The log of the cluster; null: the replica's node keeps no copy, and no policy names signers. */
export function logOf({ status: { log } }: FabricView): LogResource | null {
  if (log === null) return null;
  const { store, ...rest } = log;
  return { ...rest, copy: store };
}
