/** Which host of a service this node prefers: by priority, then by weight, so that nodes share hosts among them. Pure. */
import { createHash } from "node:crypto";

export interface RankedHost {
  readonly node: string;
  /** Lower ones are preferred. */
  readonly priority: number;
  /** The share of nodes that prefer this one among hosts of its priority; 0 only where all others are away. */
  readonly weight: number;
}

/**
 * The host that a node takes of those that it can reach: by rendezvous hashing, so that a host that comes or goes changes the choice of those
 * nodes alone that take it. Undefined where there is none.
 *
 * @param user The node that chooses
 */
export function chooseHost<Host extends RankedHost>(
  user: string,
  service: string,
  hosts: readonly Host[],
): Host | undefined {
  const best = Math.min(...hosts.map(({ priority }) => priority));
  const scored = hosts
    .filter(({ priority }) => priority === best)
    .map((host) => ({ host, score: scoreOf(user, service, host) }))
    .sort((a, b) => b.score - a.score || (a.host.node < b.host.node ? -1 : 1));
  return scored[0]?.host;
}

/** A number whose highest among several hosts is a host's with the probability that its weight has among all. */
function scoreOf(user: string, service: string, { node, weight }: RankedHost): number {
  const digest = createHash("sha256").update(`${user}\0${service}\0${node}`).digest();
  // From 2^-49 to 1, never 0.
  const uniform = (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
  return weight === 0 ? -1 / uniform : -weight / Math.log(uniform);
}
