/** Reads the needs of npm packages from pnpm-lock.yaml. */
import { z } from "zod";

const needsSchema = z.record(z.string(), z.string()).default({});
const lockSchema = z.looseObject({
  snapshots: z.record(z.string(), z.looseObject({ dependencies: needsSchema, optionalDependencies: needsSchema })),
});

/**
 * Package URLs, by the URL of the package that needs them. In the lock, a package's key names the peers with which it was resolved. A URL
 * names none, so the needs of all resolutions of a package are one set.
 *
 * @param lock the content of pnpm-lock.yaml
 */
export function lockedEdges(lock: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [key, { dependencies, optionalDependencies }] of Object.entries(lockSchema.parse(lock).snapshots)) {
    const from = urlOf(key);
    const needs = edges.get(from) ?? new Set();
    for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      // The version of an alias holds the name for which it stands.
      needs.add(urlOf(/^@?[a-z]/i.test(version) ? version : `${name}@${version}`));
    }
    edges.set(from, needs);
  }
  return edges;
}

export function npmUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** @param key `name@version`, and behind it the peers in brackets */
function urlOf(key: string): string {
  const [package_] = key.split("(");
  const at = package_!.lastIndexOf("@");
  return npmUrl(package_!.slice(0, at), package_!.slice(at + 1));
}
