/** The directory at a checkpoint: how many records are in force in each section, and the hash of their ids. */
import { createHash } from "node:crypto";
import type { CheckpointBody } from "../bodies.ts";

export type SectionDigest = CheckpointBody["sections"][number];

/** A section with these records, by their ids in lower-case hex, in any order, each once. */
export function digestOfSection(section: string, ids: Iterable<string>): SectionDigest {
  const sorted = [...ids].toSorted();
  const hash = createHash("sha256");
  for (const id of sorted) hash.update(id, "hex");
  return { section, count: sorted.length, hash: hash.digest("hex") };
}

/** Names of the sections in which two directories differ; sections without a record may be left out. */
export function differingSections(a: readonly SectionDigest[], b: readonly SectionDigest[]): string[] {
  const names = new Set([...a, ...b].map(({ section }) => section));
  const textIn = (sections: readonly SectionDigest[], name: string): string => {
    const { count, hash } = sections.find(({ section }) => section === name) ?? digestOfSection(name, []);
    return `${count} ${hash}`;
  };
  return [...names].filter((name) => textIn(a, name) !== textIn(b, name)).toSorted();
}
