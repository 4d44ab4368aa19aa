/** Reads from pnpm-lock.yaml which npm package needs which others. */
import { z } from "zod";

const needsSchema = z.record(z.string(), z.string()).default({});
const lockSchema = z.looseObject({
  snapshots: z.record(z.string(), z.looseObject({ dependencies: needsSchema, optionalDependencies: needsSchema })),
});

/**
 * Package URLs by the package URL of who needs them. Peers that a package was resolved with are part of its key in the lock, and of
 * no package URL: the needs of all its resolutions are one set.
 *
 * @param lock the lock as YAML read it
 */
export function lockedEdges(lock: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [key, { dependencies, optionalDependencies }] of Object.entries(lockSchema.parse(lock).snapshots)) {
    const from = urlOf(key);
    const needs = edges.get(from) ?? new Set();
    for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      // An alias is written with the name that it stands for.
      needs.add(urlOf(/^@?[a-z]/i.test(version) ? version : `${name}@${version}`));
    }
    edges.set(from, needs);
  }
  return edges;
}

export function npmUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** @param key `name@version`, with the peers in brackets behind it */
function urlOf(key: string): string {
  const [package_] = key.split("(");
  const at = package_!.lastIndexOf("@");
  return npmUrl(package_!.slice(0, at), package_!.slice(at + 1));
}
