import type { CollectionId } from "@florenetes/blobs";
import { isName } from "@florenetes/operator-text";

/** Reads the name of a collection, as `org/acme/backups` or `cluster/backups`; undefined: it is none. */
export function readCollectionId(text: string): CollectionId | undefined {
  const parts = text.split("/");
  const name = parts.pop()!;
  const [kind, organization] = parts;
  const isScope =
    kind === "org" ? parts.length === 2 && isName(organization ?? "") : kind === "cluster" && parts.length === 1;
  return isScope && isName(name) ? { scope: parts.join("/"), name } : undefined;
}
