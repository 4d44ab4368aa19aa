import { fileURLToPath } from "node:url";

/** The place of a folder that a release has beside its programs, as a checkout does. */
export function releaseFolder(name: string): string {
  return fileURLToPath(new URL(`../../../${name}`, import.meta.url));
}
