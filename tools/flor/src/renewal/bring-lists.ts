/** Brings the revocation lists of an issuer into the identity folders of a node. Their processes have them in force within a second. */
import { RenewingFolder } from "@florenetes/identity/authority";
import { attempt } from "./attempt.ts";
import { askForLists } from "./issuer-client.ts";
import type { KeptIdentity, RenewalConfig } from "./renewal-config.ts";

export interface BroughtLists {
  /** Folders that have got a newer list. */
  readonly folders: readonly string[];
  readonly problems: readonly Error[];
}

/** Never rejects for what the issuer or a folder does. A folder that is not in order is left out: its renewal tells why. */
export async function bringLists({ cluster, issuer, identities }: RenewalConfig): Promise<BroughtLists> {
  const open = ({ folder }: KeptIdentity): RenewingFolder => new RenewingFolder(folder, cluster, new Date());
  const opened = await Promise.all(identities.map((identity) => attempt(() => open(identity))));
  const folders = opened.filter((each) => each instanceof RenewingFolder);
  const [first] = folders;
  if (first === undefined) return { folders: [], problems: [] };
  const pem = await attempt(() => askForLists(issuer, first.credentials));
  if (pem instanceof Error) return { folders: [], problems: [pem] };
  if (pem === "") return { folders: [], problems: [] };
  const take = (folder: RenewingFolder): boolean => folder.takeLists(pem, new Date());
  const outcomes = await Promise.all(
    folders.map(async (folder) => [folder.folder, await attempt(() => take(folder))] as const),
  );
  return {
    folders: outcomes.flatMap(([folder, outcome]) => (outcome === true ? [folder] : [])),
    problems: outcomes.flatMap(([, outcome]) => (outcome instanceof Error ? [outcome] : [])),
  };
}
