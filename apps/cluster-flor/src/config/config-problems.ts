import type { ConfigDocument, KeyPath } from "@florenetes/config-file";
import { suggest } from "@florenetes/config-file";
import type { ClusterConfigErrorCode } from "./config-errors.ts";
import type { ClusterConfigFile } from "./schema.ts";

export type ClusterDocument = ConfigDocument<ClusterConfigFile>;

export function problem(
  document: ClusterDocument,
  at: KeyPath,
  code: ClusterConfigErrorCode,
  message: string,
  advice: string,
): void {
  document.problem(at, code, message, advice);
}

/** The index of a name in its section; an unknown one is a problem, and stands as -1 until it is reported. */
export function indexOfName(
  document: ClusterDocument,
  at: KeyPath,
  name: string,
  known: readonly string[],
  unknown: { readonly code: ClusterConfigErrorCode; readonly kind: string },
): number {
  const index = known.indexOf(name);
  if (index === -1) {
    const none = `There is no ${unknown.kind} in this file.`;
    problem(document, at, unknown.code, `there is no ${unknown.kind} "${name}"`, suggest(name, known, none));
  }
  return index;
}

/** The index of a link, by its name; notes a problem where there is none of that name. */
export function indexOfLink(document: ClusterDocument, at: KeyPath, name: string): number {
  const known = Object.keys(document.value.links);
  return indexOfName(document, at, name, known, { code: "ERR_CONFIG_LINK_UNKNOWN", kind: "link" });
}
