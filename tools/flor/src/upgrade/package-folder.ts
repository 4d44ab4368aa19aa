import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { upgradeError } from "./upgrade-error.ts";

/** A Debian package of a folder. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  /** The name of the file, which no shell reads as anything else. */
  readonly fileName: string;
  readonly path: string;
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string;
}

/** Packages of a release, by their names. */
export type Packages = ReadonlyMap<string, PackageFile>;

/** The package that every node has. */
const NODE_PACKAGE = "florenetes-node";
const FILE_NAME = /^(florenetes-[a-z]+)_([\w.+~-]+)_[a-z0-9]+\.deb$/;

/**
 * Reads the packages of a release from a folder that `npm run package` has made. Other files there do not count.
 *
 * @throws OperatorError `ERR_FLOR_UPGRADE_PACKAGES`
 */
export async function readPackages(folder: string): Promise<Packages> {
  try {
    const packages = new Map<string, PackageFile>();
    for (const fileName of (await readdir(folder)).toSorted()) {
      const [, name, version] = FILE_NAME.exec(fileName) ?? [];
      if (name === undefined || version === undefined) continue;
      if (packages.has(name)) throw packagesError(`${folder} has ${name} twice`);
      const path = join(folder, fileName);
      const digest = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      packages.set(name, { name, version, fileName, path, digest });
    }
    if (!packages.has(NODE_PACKAGE)) throw packagesError(`${folder} has no package ${NODE_PACKAGE}`);
    return packages;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw packagesError(`${folder} cannot be read: ${(error as Error).message}`);
  }
}

function packagesError(message: string): OperatorError {
  return upgradeError("ERR_FLOR_UPGRADE_PACKAGES", message);
}
