import { readFileSync } from "node:fs";

/** The commit of the sources, in bundles alone: `scripts/bundle.ts` puts it in the place of this name. */
declare const FLORENETES_COMMIT: string | undefined;

/**
 * The version that a program tells, with the commit of which its bundle was made, as `0.1.0 (29e035e9)`. Sources that run as they are have no
 * commit, nor have bundles of sources that name none.
 *
 * @param manifest the program's package.json
 */
export function programVersion(manifest: URL): string {
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  const commit = typeof FLORENETES_COMMIT === "undefined" ? undefined : FLORENETES_COMMIT;
  return commit === undefined ? version : `${version} (${commit})`;
}
