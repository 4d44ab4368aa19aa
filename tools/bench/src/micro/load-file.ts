import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../../..");

/**
 * Loads a file that is behind no package's door, by its path from the root of this checkout. The compiler does not know what it exports.
 * Only in a process that runs under the condition `@florenetes/source`.
 */
export function loadFile<Exports>(path: string): Promise<Exports> {
  return import(join(ROOT, path)) as Promise<Exports>;
}
