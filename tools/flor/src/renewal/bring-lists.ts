/** Brings the revocation lists of an issuer into the identity folders of a node. Their processes have them in force within a second. */
import { RenewingFolder } from "@florenetes/identity/authority";
import { attempt } from "./attempt.ts";
import { askForLists } from "./issuer-client.ts";
import type { RenewalConfig } from "./renewal-config.ts";

export interface BroughtLists {
  /** Folders that have got a newer list. */
  readonly folders: readonly string[];
  readonly problems: readonly Error[];
}

/** Never rejects for what an issuer or a folder does. A folder that is not in order is left out: its renewal tells why. */
export async function bringLists(config: RenewalConfig): Promise<BroughtLists> {
  const folders = await openFolders(config);
  const [first] = folders;
  if (first === undefined) return { folders: [], problems: [] };
  const brought: BroughtLists[] = [];
  for (const issuer of config.issuers) {
    const pem = await attempt(() => askForLists(issuer, first.credentials));
    brought.push(pem instanceof Error ? { folders: [], problems: [pem] } : await putLists(folders, pem));
  }
  return {
    folders: [...new Set(brought.flatMap((each) => each.folders))],
    problems: brought.flatMap(({ problems }) => problems),
  };
}

/** The identity folders of a config that are in order. */
export async function openFolders({ cluster, identities }: RenewalConfig): Promise<readonly RenewingFolder[]> {
  const open = (folder: string): RenewingFolder => new RenewingFolder(folder, cluster, new Date());
  const opened = await Promise.all(identities.map(({ folder }) => attempt(() => open(folder))));
  return opened.filter((each) => each instanceof RenewingFolder);
}

/** Puts lists where they are newer. Never rejects for what is wrong with a list or a folder. */
export async function putLists(folders: readonly RenewingFolder[], pem: string): Promise<BroughtLists> {
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
