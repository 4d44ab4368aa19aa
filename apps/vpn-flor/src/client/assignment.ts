import type { CapsuleAddress } from "../connect-ip/capsules.ts";
import { NetworkSet } from "../packets/network-set.ts";
import type { IpNetwork } from "../packets/networks.ts";

/** The addresses that the machine takes from an egress. */
export interface Assignment {
  readonly v4: Uint8Array | undefined;
  readonly v6: Uint8Array | undefined;
}

/** Why an egress' assignment is refused. */
export type AssignmentFault = "none" | "several" | "network" | "outside";

/**
 * Judges what an egress assigns. A machine that took any address would hand its own network over: with the address of the resolver, it would hear
 * all names. So only addresses of the networks that the operator expects are taken, each a single one, one of a version.
 *
 * @param expected networks in which addresses of clients are
 */
export function judgeAssignment(
  addresses: readonly CapsuleAddress[],
  expected: readonly IpNetwork[],
): Assignment | AssignmentFault {
  const networks = new NetworkSet(expected);
  let v4: Uint8Array | undefined;
  let v6: Uint8Array | undefined;
  for (const { address, prefix } of addresses) {
    const version = address.length === 4 ? 4 : 6;
    if (prefix !== address.length * 8) return "network";
    if (!networks.has(version, address, 0)) return "outside";
    if ((version === 4 ? v4 : v6) !== undefined) return "several";
    if (version === 4) v4 = address;
    else v6 = address;
  }
  return v4 === undefined && v6 === undefined ? "none" : { v4, v6 };
}
