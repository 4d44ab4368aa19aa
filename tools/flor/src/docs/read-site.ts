import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { SITE_SIZE_MAX } from "./limits.ts";
import { type Site, siteOf } from "./site-answers.ts";

/**
 * Reads the site of the documents. Symbolic links in it are left out.
 *
 * @throws OperatorError `ERR_FLOR_NO_SITE` when the folder has none, or more than a site has
 */
export function readSite(folder: string): Site {
  try {
    const paths = filesBelow(folder);
    const size = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    if (size > SITE_SIZE_MAX) throw noSite(`${folder} has ${size} bytes, and a site of ours at most ${SITE_SIZE_MAX}`);
    const site = siteOf(new Map(paths.map((path) => [relative(folder, path), readFileSync(path)])));
    if (!site.has("/")) throw noSite(`${folder} has no index.html`);
    return site;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw noSite(`the site of the documents cannot be read: ${(error as Error).message}`, error);
  }
}

/** Files in a folder and in its folders. Node's own search of a tree follows symbolic links to folders. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

function noSite(message: string, cause?: unknown): OperatorError {
  const { advice } = FLOR_ERRORS.ERR_FLOR_NO_SITE;
  return new OperatorError("ERR_FLOR_NO_SITE", message, { advice, exitCode: EXIT_CODES.misconfigured, cause });
}
