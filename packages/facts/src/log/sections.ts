/** The directory at a checkpoint: how many records are in force in each section, and the hash of their ids. */
import { createHash } from "node:crypto";
import type { CheckpointBody } from "../bodies.ts";

export type Section = CheckpointBody["sections"][number];

/** A section with these records, by their ids in lower-case hex, in any order, each once. */
export function sectionOf(section: string, ids: Iterable<string>): Section {
  const sorted = [...ids].toSorted();
  const hash = createHash("sha256");
  for (const id of sorted) hash.update(id, "hex");
  return { section, count: sorted.length, hash: hash.digest("hex") };
}

/** Names of the sections in which two directories differ; sections without a record may be left out. */
export function differingSections(a: readonly Section[], b: readonly Section[]): string[] {
  const names = new Set([...a, ...b].map(({ section }) => section));
  const textIn = (sections: readonly Section[], name: string): string => {
    const { count, hash } = sections.find(({ section }) => section === name) ?? sectionOf(name, []);
    return `${count} ${hash}`;
  };
  return [...names].filter((name) => textIn(a, name) !== textIn(b, name)).toSorted();
}
