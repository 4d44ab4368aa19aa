/** Which holders have a shard. Pure. */
import { drawnBy } from "@florenetes/scheduling";
import type { CollectionHolder } from "./terms.ts";

/**
 * The holders of a shard, the first in front: in the order of SHA-256 of the shard's hash, a slash and the node's name (rendezvous hashing), but each one
 * whose failure domain has come before waits until all domains have come as often. A shard lies at the first `copies` of them that live.
 *
 * @param hash SHA-256 of the shard, in lower-case hex
 */
export function placeOf(hash: string, holders: readonly CollectionHolder[]): readonly string[] {
  const ranked = holders
    .map(({ node, domain }) => ({ node, domain, rank: drawnBy(`${hash}/${node}`) }))
    .toSorted((a, b) => a.rank - b.rank);
  const rounds = new Map<string, number>();
  const turned = ranked.map(({ node, domain }) => {
    const round = rounds.get(domain) ?? 0;
    rounds.set(domain, round + 1);
    return { node, round };
  });
  return turned.toSorted((a, b) => a.round - b.round).map(({ node }) => node);
}

/** More than half of so many. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}
