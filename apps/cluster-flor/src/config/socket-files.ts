import type { KeyPath } from "@florenetes/config-file";
import { accountsFor } from "@florenetes/process-kit";
import { type ClusterDocument, problem } from "./config-problems.ts";

/** The mode of a socket's file; undefined when the config has none, or a wrong one, which is reported. */
export function resolveMode(document: ClusterDocument, at: KeyPath, mode: string | undefined): number | undefined {
  if (mode === undefined) return undefined;
  const value = /^0?[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : 0;
  // Connecting needs the permission to write.
  if ((value & 0o222) !== 0) return value;
  const advice = 'In octal digits and in quotes, as "0660".';
  problem(document, at, "ERR_CONFIG_MODE", `"${mode}" is no mode of a socket that anyone could use`, advice);
  return undefined;
}

/** The owner of a socket's file; undefined when the config has none, or a wrong one, which is reported. */
export function resolveOwner(
  document: ClusterDocument,
  at: KeyPath,
  owner: string | undefined,
): { readonly uid: number; readonly gid: number } | undefined {
  if (owner === undefined) return undefined;
  const found = accountsFor(document).findOwner(owner);
  if (found !== undefined) return found;
  const message = `this machine knows no such user or group: "${owner}"`;
  const advice = 'As "user", "user:group" or, in numbers, "1000:1000".';
  problem(document, at, "ERR_CONFIG_OWNER", message, advice);
  return undefined;
}
