/** The work of a lab's CA for its nodes. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { IDENTITY_FILES, parseShortPrincipal } from "@florenetes/identity";
import { openCa } from "@florenetes/identity/authority";
import type { PrincipalKind } from "@florenetes/identity";
import type { RenderedMesh } from "@florenetes/mesh-file";
import { isLinkVertex } from "./executables.ts";
import type { NodeProcess } from "./executables.ts";
import { labError } from "./lab-error.ts";

/** Processes of a node that have to be told that an identity has changed. */
export interface Holders {
  readonly node: string;
  readonly has: (process: NodeProcess) => boolean;
}

/** Issues all identities that the configs of a lab's nodes name. */
export function issueIdentities(caFolder: string, { nodes }: RenderedMesh): void {
  const ca = openCa(caFolder);
  for (const { principal, folder } of nodes.flatMap(({ identities }) => identities)) {
    const [kind, name = ""] = principal.split("/");
    ca.issueInto(folder, { kind: kind as PrincipalKind, name });
  }
}

/**
 * Revokes all certificates of a principal (`user/alice`), and puts the CA's new list into every identity folder.
 *
 * @throws OperatorError `ERR_IDENTITY_PRINCIPAL_SYNTAX`, `ERR_IDENTITY_NOT_ISSUED`
 */
export function revokePrincipal(caFolder: string, { nodes }: RenderedMesh, principal: string): void {
  const ca = openCa(caFolder);
  const { list } = ca.revoke([{ principal: parseShortPrincipal(principal, ca.authority.cluster) }]);
  for (const { folder } of nodes.flatMap(({ identities }) => identities)) {
    const next = `${folder}/.crl.pem.new`;
    writeFileSync(next, list.pem);
    renameSync(next, `${folder}/crl.pem`);
  }
}

/**
 * Issues a principal's identity anew, with another key, in all its places. Certificates that were revoked stay revoked.
 *
 * @returns the processes that have the identity
 * @throws OperatorError `ERR_LAB_UNKNOWN`
 */
export function renewPrincipal(caFolder: string, { nodes }: RenderedMesh, principal: string): readonly Holders[] {
  const holders = nodes.flatMap(({ name, identities }) =>
    identities.filter((identity) => identity.principal === principal).map(({ folder }) => ({ node: name, folder })),
  );
  if (holders.length === 0) {
    const known = new Set(nodes.flatMap(({ identities }) => identities.map((identity) => identity.principal)));
    throw labError("ERR_LAB_UNKNOWN", `no node is ${principal}`, `There are ${[...known].join(", ")}.`);
  }
  const ca = openCa(caFolder);
  const [kind, name = ""] = principal.split("/");
  return holders.map(({ node, folder }) => {
    const next = `${folder}.next`;
    rmSync(next, { recursive: true, force: true });
    ca.issueInto(next, { kind: kind as PrincipalKind, name });
    for (const file of Object.values(IDENTITY_FILES)) renameSync(`${next}/${file}`, `${folder}/${file}`);
    return { node, has: (process) => isLinkVertex(process) === (kind === "vertex") };
  });
}
