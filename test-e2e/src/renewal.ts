/** Identities of a lab are replaced while its processes run. */
import { renameSync } from "node:fs";
import { type Credentials, IDENTITY_FILES, writeIdentity } from "@florenetes/identity";
import type { CertificateAuthority } from "@florenetes/identity/authority";
import type { PrincipalKind } from "@florenetes/identity";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { expect } from "vitest";
import { logEntries } from "./log-entries.ts";
import { PATIENCE } from "./patience.ts";

/** An identity of a node as the lab names it (`vertex`, `user/alice`), and the principal of that identity. */
export interface Holding {
  readonly node: string;
  readonly folder: string;
  readonly principal: string;
}

let issued = 0;

/**
 * Issues an identity anew and moves its files over those in use, one after the other.
 *
 * @param change The parts that differ from the usual, such as the roots that it trusts.
 */
export function replaceIdentity(
  lab: Lab,
  { node, folder, principal }: Holding,
  ca: CertificateAuthority,
  change: Partial<Credentials> = {},
): void {
  const target = lab.identityFolder(node, folder);
  const next = `${target}.next-${++issued}`;
  const [kind, name = ""] = principal.split("/");
  // The identity lasts for fewer days than the lab's own, which shows the one in use.
  writeIdentity(next, { ...ca.issue({ kind: kind as PrincipalKind, name, days: 30 }), ...change });
  for (const file of Object.values(IDENTITY_FILES)) renameSync(`${next}/${file}`, `${target}/${file}`);
}

/** A certificate in use, as the status of its process shows it. */
export interface CertificateView {
  readonly principal: string;
  readonly notAfter: string;
  readonly refused: { readonly code: string } | null;
}

/** Certificates in use by all processes that run, sorted by principal. */
export async function certificatesInUse(lab: Lab): Promise<readonly CertificateView[]> {
  const found: CertificateView[] = [];
  for (const { clusterFlor, linkFlor } of (await lab.statuses()).values()) {
    found.push(...((clusterFlor?.["certificates"] ?? []) as CertificateView[]));
    for (const cluster of linkFlor?.clusters ?? [])
      found.push((cluster as unknown as { certificate: CertificateView }).certificate);
  }
  return found.toSorted((a, b) => a.principal.localeCompare(b.principal));
}

/** Codes that processes log when something ends with a certificate. */
const TROUBLES = ["LINK_DOWN", "LINK_REFUSED", "TRANSPORT_DOWN", "STREAM_REFUSED", "IDENTITY_REFUSED"];

/** The log entries that must not come with a renewal, as often as they have come. */
export async function troubles(
  lab: Lab,
  holders: readonly (readonly [node: string, process: ProcessName])[],
): Promise<readonly string[]> {
  const counted = holders.flatMap(([node, process]) =>
    TROUBLES.map(async (code) => `${code} at ${node}: ${(await logEntries(lab, node, process, code)).length}`),
  );
  return Promise.all(counted);
}

/** How often a process has logged a code. */
export function countLogged(log: string, code: string): number {
  return log.split("\n").filter((line) => line.includes(`"code":"${code}"`)).length;
}

/** Sends SIGHUP to processes, and waits until each has said this often what became of its identities. */
export async function hangUp(
  lab: Lab,
  processes: readonly (readonly [node: string, name: ProcessName])[],
  code: string,
): Promise<void> {
  const before = await Promise.all(
    processes.map(async ([node, name]) => countLogged(await lab.logs(node, name), code)),
  );
  await Promise.all(processes.map(([node, name]) => lab.kill(node, name, "SIGHUP")));
  await expect
    .poll(async () => {
      const logs = await Promise.all(processes.map(([node, name]) => lab.logs(node, name)));
      return logs.every((log, i) => countLogged(log, code) > before[i]!);
    }, PATIENCE)
    .toBe(true);
}
