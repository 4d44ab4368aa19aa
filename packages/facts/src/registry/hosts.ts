/** Hosts of a service's record, in the order in which a node would use them. */
import { standingBy } from "@florenetes/scheduling";
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
    score: standingBy(`${user} ${record.subject} ${node}`, weight),
  }));
  hosts.sort((a, b) => a.priority - b.priority || b.score - a.score || (a.node < b.node ? -1 : 1));
  return hosts.map(({ node }) => node);
}
