/** Hosts of a service's record, in the order in which a node would use them. */
import { createHash } from "node:crypto";
import { bodyOf, type Fact } from "../fact.ts";

/**
 * Names of the hosts of a `service` record: those of the lowest priority number first (as in RFC 2782), and those of one priority by rendezvous
 * hashing, so that of all users each host has its share by weight, and a host that comes or goes moves no other users. A host of weight 0
 * comes behind all others of its priority.
 *
 * @param user The name of the node that uses the service
 */
export function rankHosts(record: Fact, user: string): string[] {
  const hosts = (bodyOf(record, "service")?.hosts ?? []).map(({ node, priority, weight }) => ({
    node,
    priority,
    score: weight / -Math.log(fractionOf(`${user} ${record.subject} ${node}`)),
  }));
  hosts.sort((a, b) => a.priority - b.priority || b.score - a.score || (a.node < b.node ? -1 : 1));
  return hosts.map(({ node }) => node);
}

const HASH_BITS = 48;

/** A number between 0 and 1, neither included, that is drawn by a text. */
function fractionOf(text: string): number {
  const drawn = createHash("sha256")
    .update(text)
    .digest()
    .readUIntBE(0, HASH_BITS / 8);
  return (drawn + 0.5) / 2 ** HASH_BITS;
}
