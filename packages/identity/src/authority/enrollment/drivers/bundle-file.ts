/** Bundles as files: what the CA writes, and what comes to a node. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { inFile } from "../../../credentials.ts";
import { readTextFile, removeIfPossible, syncFolder } from "../../../drivers/files.ts";
import { writeFailed } from "../../../drivers/system-errors.ts";
import { IdentityError } from "../../../errors.ts";
import { ARMORED_SIZE_MAX } from "../../../limits.ts";
import { type Bundle, readBundle, readBundleText, writeBundleText } from "../bundle.ts";
import { isSealed, openSealed, seal } from "../../sealing/sealing.ts";

/** A bundle's file that was read, but not opened yet. */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
  readonly isSealed: boolean;
}

/** Throws ERR_IDENTITY_FILE_MISSING or _FILE_UNREADABLE. */
export function readBundleFile(path: string): BundleFile {
  const { text } = readTextFile(path, ARMORED_SIZE_MAX);
  return { path, text, isSealed: isSealed(text, "BUNDLE") };
}

/**
 * Opens a bundle, and checks that it is as its CA signed it. Throws ERR_IDENTITY_BUNDLE_SEALED, _PASSPHRASE,
 * _PASSPHRASE_WRONG, _SEAL_BROKEN, or as `readBundle` does.
 */
export function openBundle({ path, text, isSealed }: BundleFile, passphrase?: string): Bundle {
  return inFile(path, () => {
    if (!isSealed) return readBundle(readBundleText(text));
    if (passphrase !== undefined) return readBundle(openSealed(text, passphrase, "BUNDLE"));
    throw new IdentityError("ERR_IDENTITY_BUNDLE_SEALED", "the bundle is sealed with a passphrase");
  });
}

/** Throws ERR_IDENTITY_FILE_IN_USE when `writeBundleFile` would, for callers that have to know before they do something else. */
export function requireFreeFile(path: string): void {
  if (!existsSync(path)) return;
  throw new IdentityError("ERR_IDENTITY_FILE_IN_USE", "it is there already", { where: { file: path } });
}

/**
 * Writes the octets of a bundle into a new file (0600), whole or not at all; sealed when there is a passphrase. Throws
 * ERR_IDENTITY_FILE_IN_USE or _WRITE_FAILED.
 */
export function writeBundleFile(path: string, octets: Uint8Array, passphrase?: string): void {
  const text = passphrase === undefined ? writeBundleText(octets) : seal(octets, passphrase, "BUNDLE");
  requireFreeFile(path);
  const temporary = join(dirname(path), `.${basename(path)}.new-${process.pid}`);
  try {
    writeNew(temporary, text);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeIfPossible(temporary);
    throw writeFailed(path, error);
  }
}

/** The file system may ignore the mode: bundles travel on memory sticks, some of which have none. */
function writeNew(path: string, text: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
