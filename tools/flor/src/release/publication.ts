/** The files that a repository gets by a publication, and the order in which readers may find them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withFolderLock } from "@florenetes/identity/authority";
import { FolderSource, RepositoryReader, type RepositorySource } from "@florenetes/releases";
import {
  attachSignature,
  makeSnapshot,
  makeTimestamp,
  type RootMetadata,
  signedOctetsOf,
  type TargetsMetadata,
  writeMetadata,
  type WrittenFile,
} from "@florenetes/releases/authoring";
import { ONLINE_LIFE_MS } from "./limits.ts";
import { releaseError } from "./release-error.ts";
import type { RepositoryFolder } from "./repository-folder.ts";

interface NewFile {
  readonly path: string;
  readonly octets: Buffer;
}

/**
 * Writes snapshot and timestamp anew, and what people have signed before them. Until the timestamp is in its place, readers find the state before:
 * nothing names the other files yet. A new root comes right before it, as it may name other keys for it.
 *
 * Throws ERR_RELEASE_…, and nothing is changed, when a reader would not take it.
 */
export async function publishFiles(repository: RepositoryFolder, signed: SignedFiles): Promise<void> {
  for (;;) {
    const before = repository.publishedTimestamp()?.octets;
    const files = filesOf(repository, signed);
    await requireTaken(repository, files);
    // The daily run may have published meanwhile: then what was made here stands on what is no more.
    const isDone = withFolderLock(repository.folder, () => {
      const present = repository.publishedTimestamp()?.octets;
      if (present !== undefined && before?.equals(present) !== true) return false;
      for (const { path, octets } of files) repository.publish(path, octets);
      repository.removeOld();
      return true;
    });
    if (isDone) return;
  }
}

/** The files that people have signed, if there are new ones. */
interface SignedFiles {
  readonly root?: RootMetadata | undefined;
  readonly targets?: TargetsMetadata | undefined;
}

function requireTargets(repository: RepositoryFolder): TargetsMetadata {
  const targets = repository.publishedTargets();
  if (targets !== undefined) return targets;
  throw releaseError("ERR_FLOR_RELEASE_NOTHING", "no packages were added yet", repository.folder);
}

function filesOf(repository: RepositoryFolder, { root, targets: added }: SignedFiles): readonly NewFile[] {
  const targets = added ?? requireTargets(repository);
  const expires = Date.now() + ONLINE_LIFE_MS;
  const sign = (metadata: ReturnType<typeof makeSnapshot> | ReturnType<typeof makeTimestamp>): Buffer => {
    const { key, signature } = repository.signOnline(signedOctetsOf(metadata));
    attachSignature(metadata, key, signature);
    return writeMetadata(metadata);
  };
  const written: WrittenFile = { version: targets.signed.version, octets: writeMetadata(targets) };
  const version = (repository.publishedSnapshot()?.version ?? 0) + 1;
  const snapshot = sign(makeSnapshot({ version, expires }, written));
  const next = (repository.publishedTimestamp()?.version ?? 0) + 1;
  const timestamp = sign(makeTimestamp({ version: next, expires }, { version, octets: snapshot }));
  return [
    ...(added !== undefined
      ? [{ path: `metadata/${written.version}.targets.json`, octets: Buffer.from(written.octets) }]
      : []),
    { path: `metadata/${version}.snapshot.json`, octets: snapshot },
    ...(root === undefined ? [] : [{ path: `metadata/${root.signed.version}.root.json`, octets: writeMetadata(root) }]),
    { path: "metadata/timestamp.json", octets: timestamp },
  ];
}

/** A reader that knows the first root alone takes the repository as it will be. */
async function requireTaken(repository: RepositoryFolder, files: readonly NewFile[]): Promise<void> {
  const first = repository.publishedRootOctets(1) ?? files.find(({ path }) => path === "metadata/1.root.json")?.octets;
  if (first === undefined)
    throw releaseError(
      "ERR_FLOR_RELEASE_REPOSITORY",
      "its first root is neither published nor staged",
      repository.folder,
    );
  const folder = mkdtempSync(join(tmpdir(), "florenetes-release-"));
  try {
    const reader = new RepositoryReader({ folder, firstRoot: first });
    await reader.refresh(withFiles(new FolderSource(repository.published), files), new AbortController().signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withFiles(source: RepositorySource, files: readonly NewFile[]): RepositorySource {
  return {
    read: (path, options) => {
      const file = files.find((each) => each.path === path);
      return file === undefined ? source.read(path, options) : Promise.resolve(once(file.octets));
    },
  };
}

async function* once(octets: Buffer): AsyncGenerator<Uint8Array> {
  yield octets;
}
