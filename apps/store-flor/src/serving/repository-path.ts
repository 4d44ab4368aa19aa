/** Paths of a repository's files. Pure. */
import { isRepositoryPath } from "@florenetes/releases";
import { PATH_SIZE_MAX } from "./limits.ts";

/** A file that a repository may have. */
export type RepositoryPath =
  /** Metadata: `path` as `metadata/3.root.json`. */
  | { readonly kind: "metadata"; readonly path: string; readonly name: string }
  /** A package: `path` as `targets/<sha256>.<name>`. */
  | { readonly kind: "target"; readonly path: string; readonly name: string; readonly sha256: string };

/**
 * Reads what a request asks for; undefined: no repository has such a file. Whoever writes names otherwise (with escapes, a query, two slashes) means nothing
 * of ours.
 */
export function readRepositoryPath(url: string): RepositoryPath | undefined {
  const path = url.slice(1);
  if (url.length > PATH_SIZE_MAX || !url.startsWith("/") || !isRepositoryPath(path)) return undefined;
  const name = path.slice(path.indexOf("/") + 1);
  if (path.startsWith("metadata/")) return { kind: "metadata", path, name };
  return { kind: "target", path, name: name.slice(HASH_SIZE + 1), sha256: name.slice(0, HASH_SIZE) };
}

/** Digits of a SHA-256. */
const HASH_SIZE = 64;
