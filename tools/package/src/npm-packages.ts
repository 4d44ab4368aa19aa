import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package from npm, and its place. */
export interface NpmPackage {
  readonly name: string;
  readonly folder: string;
}

/**
 * Finds a package and all its dependencies, each once.
 *
 * @param from the folder whose `node_modules`, or those above it, have the package
 * @throws Error when a package is not installed, or is there in two versions
 */
export function findWithDependencies(name: string, from: string): readonly NpmPackage[] {
  const found = new Map<string, string>();
  const waiting: NpmPackage[] = [{ name, folder: find(name, from) }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const before = found.get(next.name);
    if (before === next.folder) continue;
    if (before !== undefined) throw new Error(`${next.name} is needed in two versions: ${before}, ${next.folder}`);
    found.set(next.name, next.folder);
    const manifest = JSON.parse(readFileSync(join(next.folder, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const each of Object.keys(manifest.dependencies ?? {})) {
      waiting.push({ name: each, folder: find(each, next.folder) });
    }
  }
  return [...found].map(([found, folder]) => ({ name: found, folder }));
}

function find(name: string, from: string): string {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(folder)) return realpathSync(folder);
    if (at === dirname(at)) throw new Error(`${name}, which ${from} needs, is not installed`);
  }
}
