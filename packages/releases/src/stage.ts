import { createHash } from "node:crypto";

/** The highest stage: all nodes. */
export const STAGE_MAX = 10_000;
const HASH_VALUES = 2 ** 32;

/**
 * Whether a node takes a release at a stage, in 1/10,000 of the nodes. A node that takes it at a stage takes it at each higher one, and each version has
 * other nodes that take it first (docs/protocol/releases.md, Stages).
 */
export function isInStage(channel: string, version: string, node: string, stage: number): boolean {
  const hash = createHash("sha256").update(`florenetes release\0${channel}\0${version}\0${node}`).digest();
  return Math.floor((hash.readUInt32BE(0) * STAGE_MAX) / HASH_VALUES) < stage;
}

/** The turn of a node among those that take a release at the same moment: from 0 to below 1, by its name and the id of the release record. */
export function turnOf(record: string, node: string): number {
  return createHash("sha256").update(`florenetes turn\0${record}\0${node}`).digest().readUInt32BE(0) / HASH_VALUES;
}
