import { type HeldIdentity, IdentityError, loadRevocationLists, Revocations } from "@florenetes/identity";
import type { CheckReport } from "@florenetes/process-kit";
import type { ClusterConfig } from "./cluster-config.ts";

/**
 * Looks at the revocation list of each identity folder. One that is not in order is a problem. That an own certificate is
 * revoked, or that there is no list to judge others by, does not stop the process: it warns.
 */
export function checkRevocations(
  { revocation }: Pick<ClusterConfig, "revocation">,
  identities: ReadonlyMap<string, HeldIdentity>,
): CheckReport {
  const lists = new Revocations(revocation);
  const problems: Error[] = [];
  const warnings: Error[] = [];
  const all = [...identities.values()].map(({ credentials }) => credentials);
  for (const [folder, { credentials }] of identities) {
    attempt(problems, folder, () => {
      for (const list of loadRevocationLists(folder, credentials, all)) lists.put(list);
    });
  }
  // A list of any folder is for all of them.
  for (const [folder, { credentials }] of identities) {
    attempt(warnings, folder, () => lists.check(credentials.certificates, new Date()));
  }
  return { problems, warnings };
}

function attempt(found: Error[], folder: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    found.push(error.where === undefined ? error.in(folder) : error);
  }
}
