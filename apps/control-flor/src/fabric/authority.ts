import { compareTexts } from "./compare-texts.ts";
import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { AuthorityResource, LogResource } from "./resources.ts";

/**
 * The keys that may sign, by their authorities; null: the node has no root yet.
 *
 * @param isShown Whether the end of a record of this kind and scope is told
 */
export function authorityOf(
  { records, status }: FabricView,
  isShown: (kind: string, scope: string) => boolean,
): AuthorityResource | null {
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
    // The time left runs with each look: told by the minute, it is news to those who follow once a minute.
    waiting: (status.root?.waiting ?? []).map(({ leftMs, ...version }) => ({
      ...version,
      leftMs: Math.ceil(leftMs / MINUTE_MS) * MINUTE_MS,
    })),
    ends: endsOf(records, isShown),
  };
}

const MINUTE_MS = 60_000;

/** Kinds of records that people, or programs by a rule of theirs, have to sign again in time. */
const SIGNED_KINDS = ["root", "node", "role", "service"] as const;
const ENDS_TOLD_MAX = 16;

function endsOf(
  records: FabricView["records"],
  isShown: (kind: string, scope: string) => boolean,
): AuthorityResource["ends"] {
  return SIGNED_KINDS.flatMap((kind) =>
    records(kind).flatMap(({ scope, subject, expires }) =>
      isShown(kind, scope) ? [{ kind, scope, subject, expires }] : [],
    ),
  )
    .toSorted((a, b) => compareTexts(a.expires, b.expires) || compareTexts(a.subject, b.subject))
    .slice(0, ENDS_TOLD_MAX);
}

/** The log of the cluster; null: the replica's node keeps no copy, and no policy names signers. */
export function logOf({ status: { log } }: FabricView): LogResource | null {
  if (log === null) return null;
  const { store, ...rest } = log;
  return { ...rest, copy: store };
}
