import type { TargetFile } from "@florenetes/releases";
import type { TargetsMetadata } from "@florenetes/releases/authoring";

export type ListedTarget = Omit<TargetFile, "path">;

/** The targets of a repository by their names. */
export function listTargets(targets: TargetsMetadata | undefined): ReadonlyMap<string, ListedTarget> {
  const listed = Object.entries(targets?.signed.targets ?? {});
  return new Map(
    listed.map(([name, { length, hashes }]) => [name, { name, length, sha256: hashes["sha256"]! }] as const),
  );
}
