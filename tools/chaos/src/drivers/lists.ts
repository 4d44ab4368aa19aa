import { randomBytes } from "node:crypto";
import { globSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RevocationStatus } from "@florenetes/identity";
import { openCa, parseSerial } from "@florenetes/identity/authority";
import type { Lab, NodeStatus } from "@florenetes/meshlab";

/**
 * Makes a new list of revocations, which names one more certificate that nobody has, and delivers it to all identities of all nodes.
 *
 * @returns the number of the list
 */
export function deliverList(lab: Lab): number {
  const serial = parseSerial(`40${randomBytes(15).toString("hex")}`);
  const { list } = openCa(lab.caFolder).revoke([{ serial, mayBeUnrecorded: true }]);
  for (const node of lab.nodeNames) {
    for (const chain of globSync(`${lab.identityFolder(node, "**")}/chain.pem`)) {
      const file = join(dirname(chain), "crl.pem");
      writeFileSync(`${file}.new`, list.pem);
      renameSync(`${file}.new`, file);
    }
  }
  return list.number;
}

/** The project's processes that have neither the list with that number in force nor a later one. */
export async function findWithoutList(lab: Lab, number: number): Promise<string[]> {
  const statuses = await lab.statuses();
  return [...statuses].flatMap(([node, status]) =>
    revocationsOf(status)
      .filter(([, { lists }]) => lists.every((list) => Number(list.number) < number))
      .map(([process]) => `${process} of ${node} has not list ${number} in force`),
  );
}

/** The processes that have an identity. A cluster vertex in between has none, and judges nobody. */
function revocationsOf({ linkFlor, clusterFlor }: NodeStatus): [string, RevocationStatus][] {
  const ofLinks = linkFlor?.clusters[0] as { readonly revocation?: RevocationStatus | null } | undefined;
  const ofCluster = clusterFlor?.["revocation"] as RevocationStatus | null | undefined;
  const found: [string, RevocationStatus | null | undefined][] = [
    ["link-flor", ofLinks?.revocation],
    ["cluster-flor", ofCluster],
  ];
  return found.filter((each): each is [string, RevocationStatus] => each[1] !== undefined && each[1] !== null);
}
