/** Whether the records in force are still those that somebody has read: asked often, and answered without a look at each of them. */
import type { AdminRoute } from "@florenetes/process-kit";
import type { HeldRecords } from "../agent/records/held-records.ts";
import { INDEXED_KINDS, type KindDigest } from "../agent/records/record-index.ts";

export interface DigestedAgent {
  readonly cluster: string;
  readonly node: string;
  readonly records: Pick<HeldRecords, "book" | "index">;
}

interface DigestsAnswer {
  readonly cluster: string;
  readonly node: string;
  /** Null: there is none yet. */
  readonly root: { readonly version: number; readonly id: string } | null;
  /** Each kind that a book may have, also where no record of it is in force. */
  readonly kinds: Readonly<Record<string, Omit<KindDigest, "scopes">>>;
  /** Scopes of the records in force, by their names. */
  readonly scopes: readonly string[];
}

/** `GET /digests`: how many records of each kind are in force, and a hash that is equal where their ids are the same. Each is made anew when a record of its kind has come or gone, and not before. */
export function digestQuestions(
  { cluster, node, records }: DigestedAgent,
  wallClock: () => number,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/digests": (): DigestsAnswer => {
      const now = wallClock();
      const digests = INDEXED_KINDS.map((kind) => ({ kind, ...records.index.digest(kind, now) }));
      const scopes = new Set(digests.flatMap((digest) => [...digest.scopes]));
      const { version, root } = records.book?.authority ?? {};
      return {
        cluster,
        node,
        root: root === undefined ? null : { version: version!, id: root.id },
        kinds: Object.fromEntries(digests.map(({ kind, count, hash }) => [kind, { count, hash }])),
        scopes: [...scopes].toSorted(),
      };
    },
  };
}
