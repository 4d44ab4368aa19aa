import type { KeeperStatus } from "./collection-keeper.ts";

/** Sentences for an operator: what of a collection at this holder wants looking at. */
export function findingsOf(status: Omit<KeeperStatus, "findings">): readonly string[] {
  const { state, isYoung, missing, lacking, holders } = status;
  const gone = holders.filter(({ isLiving, keepsNothing }) => !isLiving && !keepsNothing).map(({ node }) => node);
  const lines = [
    state === "left" &&
      "The record names this node no more: what is here is read by other holders, and nothing is removed.",
    state === "read-only" && "The agent tells no record: nothing is written, and repair goes on.",
    isYoung && "The names here began anew, and too few other holders were heard yet.",
    missing > 0 && `Shards that belong here and that no holder gave: ${missing}.`,
    lacking > 0 && `Copies that the holders to whom they belong did not take: ${lacking}.`,
    gone.length > 0 && `No answer comes from ${gone.join(", ")}: the copies are made at other holders.`,
    ...holders.map(
      ({ node, keepsNothing }) => keepsNothing && `Holder ${node} keeps nothing: it has failed whole challenges.`,
    ),
    ...holders.map(({ node, isFull }) => isFull && `Holder ${node} has no room, or takes shards too slowly.`),
  ];
  return lines.filter((line) => line !== false);
}
