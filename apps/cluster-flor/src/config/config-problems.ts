import type { ConfigDocument, ConfigFileErrorCode, KeyPath } from "@florenetes/config-file";
import { suggest } from "@florenetes/config-file";
import type { ClusterConfigErrorCode } from "./config-errors.ts";
import type { ClusterConfigFile } from "./schema.ts";

export type ClusterDocument = ConfigDocument<ClusterConfigFile>;

export function problem(
  document: ClusterDocument,
  at: KeyPath,
  code: ClusterConfigErrorCode | ConfigFileErrorCode,
  message: string,
  advice: Parameters<ClusterDocument["problem"]>[3],
): void {
  document.problem(at, code, message, advice);
}

/** A section whose entries have names. */
type NamedSection = Readonly<Record<string, unknown>>;

/** The indices of a section's names, kept because many links and paths are looked up, some of them often. */
const indices = new WeakMap<NamedSection, ReadonlyMap<string, number>>();

/** The index of a name in its section; an unknown name is reported as a problem, and has the index -1 until then. */
export function indexOfName(
  document: ClusterDocument,
  at: KeyPath,
  name: string,
  section: NamedSection,
  unknown: { readonly code: ClusterConfigErrorCode; readonly kind: string },
): number {
  let known = indices.get(section);
  if (known === undefined) {
    known = new Map(Object.keys(section).map((key, index) => [key, index]));
    indices.set(section, known);
  }
  const index = known.get(name);
  if (index !== undefined) return index;
  const none = `There is no ${unknown.kind} in this file.`;
  const advice = (): string => suggest(name, Object.keys(section), none);
  problem(document, at, unknown.code, `there is no ${unknown.kind} "${name}"`, advice);
  return -1;
}

/** The index of a link, by its name; an unknown name is reported as a problem. */
export function indexOfLink(document: ClusterDocument, at: KeyPath, name: string): number {
  return indexOfName(document, at, name, document.value.links, { code: "ERR_CONFIG_LINK_UNKNOWN", kind: "link" });
}

/** The path of parts that the overlay leads. */
const AUTO = "auto";

/**
 * The index of a path, by its name; undefined for `auto`, where the file has the key `fabric` and no path of that name. An unknown name is
 * reported as a problem, and has the index -1 until then.
 */
export function indexOfPath(document: ClusterDocument, at: KeyPath, name: string): number | undefined {
  const { fabric, paths } = document.value;
  if (name === AUTO && fabric !== undefined && paths[AUTO] === undefined) return undefined;
  return indexOfName(document, at, name, paths, { code: "ERR_CONFIG_PATH_UNKNOWN", kind: "path" });
}
