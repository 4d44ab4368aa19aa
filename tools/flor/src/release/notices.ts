import { NOTICE_MS } from "./limits.ts";
import type { RepositoryFolder } from "./repository-folder.ts";

/** Says what of a repository people have to sign anew soon. */
export function noticesOf(repository: RepositoryFolder): readonly string[] {
  const now = Date.now();
  const files = [
    ["root", repository.publishedRoot()],
    ["targets", repository.publishedTargets()],
  ] as const;
  return files.flatMap(([name, metadata]) => {
    if (metadata === undefined || new Date(metadata.signed.expires).getTime() - now >= NOTICE_MS) return [];
    return [
      `The ${name} end at ${metadata.signed.expires}, and all readers stop then: \`flor release renew\` and have it signed.`,
    ];
  });
}
