/** Brings the revocation lists of an issuer into the identity folders of a node. Their processes have them in force within a second. */
import { RenewingFolder } from "@florenetes/identity/authority";
import { isOperatorError } from "@florenetes/operator-text";
import { askForLists } from "./issuer-client.ts";
import type { RenewalConfig } from "./renewal-config.ts";

export interface BroughtLists {
  /** Folders that have got a newer list. */
  readonly folders: readonly string[];
  readonly problems: readonly Error[];
}

/** Never rejects for what the issuer or a folder does. A folder that is not in order is left out: its renewal tells why. */
export async function bringLists({ cluster, issuer, identities }: RenewalConfig): Promise<BroughtLists> {
  const opened = identities.map(({ folder }) => attempt(() => new RenewingFolder(folder, cluster, new Date())));
  const folders = opened.filter((each) => each instanceof RenewingFolder);
  const [first] = folders;
  if (first === undefined) return { folders: [], problems: [] };
  let pem: string;
  try {
    pem = await askForLists(issuer, first.credentials);
  } catch (error) {
    if (!isOperatorError(error)) throw error;
    return { folders: [], problems: [error] };
  }
  if (pem === "") return { folders: [], problems: [] };
  const outcomes = folders.map((folder) => [folder.folder, attempt(() => folder.takeLists(pem, new Date()))] as const);
  return {
    folders: outcomes.flatMap(([folder, outcome]) => (outcome === true ? [folder] : [])),
    problems: outcomes.flatMap(([, outcome]) => (outcome instanceof Error ? [outcome] : [])),
  };
}

/** The action's result, or its error where an operator can mend that. */
function attempt<Result>(action: () => Result): Result | Error {
  try {
    return action();
  } catch (error) {
    if (isOperatorError(error)) return error;
    throw error;
  }
}
