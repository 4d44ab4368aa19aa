/** Packages of a release: Debian packages in a folder, for as many processors as there are. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, open, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ReleasedPackage } from "@florenetes/facts";
import { TARGET_NAME, targetPathOf } from "@florenetes/releases";
import { releaseError } from "./release-error.ts";

/** The package whose version is that of the release. */
const NODE_PACKAGE = "florenetes-node";
const FILE_NAME = /^(?<name>florenetes-[a-z]+)_(?<version>[^_]+)_(?<arch>[^_]+)\.deb$/;
/** Debian packages are archives that begin so (deb(5)). */
const BEGINNING = "!<arch>\ndebian-binary";

export interface PackageFile extends ReleasedPackage {
  /** The name of its file, which is that of the target. */
  readonly target: string;
  readonly file: string;
}

/** Packages of one release. */
export interface ReleasedFiles {
  readonly version: string;
  readonly packages: readonly PackageFile[];
}

/** Reads the packages of a folder that `npm run package` has made; other files there do not count. Throws ERR_FLOR_RELEASE_PACKAGES. */
export async function readReleasedFiles(folder: string): Promise<ReleasedFiles> {
  const names = await reading(folder, () => readdir(folder));
  const packages: PackageFile[] = [];
  for (const target of names.toSorted()) {
    const { name, version, arch } = FILE_NAME.exec(target)?.groups ?? {};
    if (name === undefined || !TARGET_NAME.test(target)) continue;
    const file = join(folder, target);
    const other = packages.find((each) => each.name === name && each.arch === arch);
    if (other !== undefined)
      throw releaseError("ERR_FLOR_RELEASE_PACKAGES", `${other.target} and ${target} are one package`, folder);
    packages.push({
      name,
      version: version!,
      arch: arch!,
      target,
      file,
      ...(await reading(file, () => measure(file))),
    });
  }
  const versions = new Set(packages.filter(({ name }) => name === NODE_PACKAGE).map(({ version }) => version));
  const [version] = versions;
  if (version === undefined)
    throw releaseError("ERR_FLOR_RELEASE_PACKAGES", `it has no package ${NODE_PACKAGE}`, folder);
  if (versions.size > 1)
    throw releaseError("ERR_FLOR_RELEASE_PACKAGES", `${NODE_PACKAGE} has several versions in it`, folder);
  return { version, packages };
}

/** Copies packages to where readers find them by their hashes; those that are there stay. */
export async function copyPackages(packages: readonly PackageFile[], published: string): Promise<void> {
  for (const each of packages) {
    const place = join(published, targetPathOf({ name: each.target, sha256: each.sha256 }));
    await reading(each.file, async () => {
      if ((await stat(place).catch(() => undefined))?.size === each.length) return;
      const next = `${place}.new`;
      await copyFile(each.file, next);
      const { sha256, length } = await measure(next);
      if (sha256 !== each.sha256 || length !== each.length)
        throw releaseError("ERR_FLOR_RELEASE_PACKAGES", "it changes while it is read", each.file);
      const copy = await open(next, "r");
      try {
        await copy.sync();
      } finally {
        await copy.close();
      }
      await rename(next, place);
    });
  }
}

async function measure(file: string): Promise<Pick<ReleasedPackage, "length" | "sha256">> {
  const hash = createHash("sha256");
  let length = 0;
  let beginning = "";
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    if (beginning.length < BEGINNING.length) beginning += chunk.toString("latin1", 0, BEGINNING.length);
    hash.update(chunk);
    length += chunk.length;
  }
  if (!beginning.startsWith(BEGINNING))
    throw releaseError("ERR_FLOR_RELEASE_PACKAGES", "it is no Debian package", file);
  return { length, sha256: hash.digest("hex") };
}

async function reading<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_FLOR_") === true) throw error;
    throw releaseError("ERR_FLOR_RELEASE_PACKAGES", `it cannot be read or copied: ${code ?? message}`, file);
  }
}
