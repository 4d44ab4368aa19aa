/** Paths of restic's REST protocol. Pure. */
import type { CollectionId } from "@florenetes/blobs";
import { readCollectionId } from "../config/collection-id.ts";
import { RESTIC_PATH_MAX } from "./limits.ts";

/** A request's subject. A repository is a collection. */
export type ResticPath = { readonly collection: CollectionId } & (
  | { readonly kind: "repository"; readonly isCreated: boolean }
  /** `name` of the object. */
  | { readonly kind: "list"; readonly prefix: string }
  /** `id`: SHA-256 of the octets, as restic names them; undefined: the repository's one config. */
  | { readonly kind: "file"; readonly name: string; readonly id: string | undefined }
);

const FORM = /^\/(?<label>(?:cluster|org\/[^/?]+)\/[^/?]+)(?:\/(?<rest>[^?]*))?(?<query>\?.*)?$/;
const WITHIN = /^(?<folder>data|index|keys|locks|snapshots)(?:\/(?<id>[0-9a-f]{64})?)?$/;

/** Reads what a request asks for; undefined: restic's protocol has no such path. */
export function readResticPath(url: string): ResticPath | undefined {
  if (url.length > RESTIC_PATH_MAX) return undefined;
  const groups = FORM.exec(url)?.groups;
  if (groups === undefined) return undefined;
  const { label = "", rest = "", query } = groups;
  const collection = readCollectionId(label);
  if (collection === undefined) return undefined;
  if (rest === "") return { collection, kind: "repository", isCreated: query === "?create=true" };
  if (query !== undefined) return undefined;
  if (rest === "config") return { collection, kind: "file", name: "config", id: undefined };
  const within = WITHIN.exec(rest)?.groups;
  if (within === undefined) return undefined;
  const { folder = "", id } = within;
  if (id === undefined) return { collection, kind: "list", prefix: `${folder}/` };
  return { collection, kind: "file", name: `${folder}/${id}`, id };
}
