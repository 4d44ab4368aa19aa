/** Revocation lists of a lab, as its operator makes them and brings them to the nodes. */
import { globSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { RevocationStatus } from "@florenetes/identity";
import type { Lab } from "@florenetes/meshlab";
import { expect } from "vitest";
import { flor } from "./executables.ts";
import { now } from "./monotonic-clock.ts";

/** Revokes by the operator's command: principals, and any options. Returns the list that the command has made. */
export async function revoke(lab: Lab, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await flor("ca", "revoke", ...args, "--ca", lab.caFolder);
  expect(code, stderr).toBe(0);
  return readFileSync(`${lab.caFolder}/crl.pem`, "utf8");
}

/**
 * Puts a list into identity folders of a node as crl.pem: into all folders, or into those of a name (`vertex`, `user/alice`).
 *
 * @returns the time when the first list was in place, on the clock of `now`
 */
export function bringList(lab: Lab, node: string, text: string, name = "**"): number {
  const folders = globSync(`${lab.identityFolder(node, name)}/**/chain.pem`).map(dirname);
  expect(folders).not.toEqual([]);
  for (const folder of folders) writeFileSync(`${folder}/.crl.new`, text);
  const at = now();
  for (const folder of folders) renameSync(`${folder}/.crl.new`, `${folder}/crl.pem`);
  return at;
}

/** Serial numbers of no certificate, which make a list long. */
export function randomSerials(count: number): string[] {
  return Array.from({ length: count }, () => `4${crypto.randomUUID().replaceAll("-", "").slice(1)}`);
}

/** The status of the revocation lists of a node's processes: link-flor's, and cluster-flor's. A process that does not answer is left
 *  out. */
export async function revocationStatuses(lab: Lab, node: string): Promise<readonly RevocationStatus[]> {
  const { linkFlor, clusterFlor } = await lab.status(node);
  const [cluster] = (linkFlor?.clusters ?? []) as unknown as readonly { readonly revocation: RevocationStatus }[];
  const ofBoth = [cluster?.revocation, clusterFlor?.["revocation"] as RevocationStatus | undefined];
  return ofBoth.filter((status) => status !== undefined);
}

/** Tells in a line for each process of a node the numbers of its lists in force, and why files were refused. */
export async function listsInForce(lab: Lab, node: string): Promise<readonly string[]> {
  return (await revocationStatuses(lab, node)).map(({ lists, refused }) =>
    [...lists.map(({ number }) => number), ...new Set(refused.map(({ code }) => code))].join(" "),
  );
}
