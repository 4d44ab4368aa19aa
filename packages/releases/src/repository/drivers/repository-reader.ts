import { REFRESH_MS_MAX, NEW_ROOTS_MAX } from "../limits.ts";
import { repositoryError } from "../repository-errors.ts";
import type { RepositorySource, TargetFile } from "../repository-source.ts";
import { type NamedFile, TIMESTAMP, TrustedRepository } from "../trusted-repository.ts";
import { MetadataFolder, requireRoomForRoot, type Trusted } from "./metadata-folder.ts";
import { readWhole } from "./read-file.ts";

export interface RepositoryReaderOptions {
  /** For the metadata that is trusted; made when there is some. */
  readonly folder: string;
  /** The root that the reader begins with, whatever a source says. */
  readonly firstRoot: Uint8Array;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
  /** How long a refresh may take, in milliseconds. */
  readonly refreshMs?: number;
}

/** Verified metadata of a repository, kept in a folder that nobody else writes. One refresh runs at a time. */
export class RepositoryReader {
  readonly #folder: MetadataFolder;
  readonly #firstRoot: Uint8Array;
  readonly #now: () => number;
  readonly #refreshMs: number;
  #trusted: TrustedRepository | undefined;

  constructor({ folder, firstRoot, now = Date.now, refreshMs = REFRESH_MS_MAX }: RepositoryReaderOptions) {
    this.#folder = new MetadataFolder(folder);
    this.#firstRoot = firstRoot;
    this.#now = now;
    this.#refreshMs = refreshMs;
  }

  /**
   * Reads what is new of a repository, by the workflow of the TUF specification (section 5). New roots are trusted as they come, all other files once
   * the whole of them has been verified; until then, what was trusted before stays.
   *
   * @throws OperatorError ERR_RELEASE_… of the first file that is not good; what the source throws; the reason of `signal`
   */
  async refresh(source: RepositorySource, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const late = repositoryError("ERR_RELEASE_TOO_SLOW", `the refresh was not over within ${this.#refreshMs} ms`);
    const timer = setTimeout(() => ending.abort(late), this.#refreshMs);
    try {
      await this.#refresh(new Reading(source, AbortSignal.any([signal, ending.signal])));
    } finally {
      clearTimeout(timer);
    }
  }

  async #refresh(reading: Reading): Promise<void> {
    const repository = this.#openWithRoots();
    const before = this.#folder.readTrusted();
    await this.#takeRoots(repository, reading);
    const trusted = boundBy(before, repository);
    if (repository.rootVersion < trusted.root) throw rolledBack("root", repository.rootVersion, trusted.root);
    // From here on, no root before this one counts again, whatever becomes of the other files: these are still those of the keys before.
    this.#folder.writeTrusted({ ...(before ?? trusted), root: repository.rootVersion });
    // The word of keys that were replaced does not bind: it may be a thief's.
    const doOwnCount = before === undefined || before.online === repository.online;
    const files = await readOthers(repository, reading, doOwnCount ? this.#folder : undefined);
    const { versions } = repository;
    for (const name of ["timestamp", "snapshot", "targets"] as const) {
      if (versions[name] < (trusted[name] ?? 0)) throw rolledBack(name, versions[name], trusted[name]!);
    }
    for (const { path, octets } of files) this.#folder.write(path, octets);
    this.#folder.writeTrusted(versions);
    this.#folder.keepOnly(versions);
    this.#trusted = repository;
  }

  /** The first root and all later ones that are on disk, as far as they are whole. */
  #openWithRoots(): TrustedRepository {
    const repository = new TrustedRepository(this.#firstRoot, this.#now());
    for (;;) {
      const octets = this.#folder.read(repository.nextRoot.path);
      if (octets === undefined || !isTaken(() => repository.addRoot(octets))) return repository;
    }
  }

  async #takeRoots(repository: TrustedRepository, reading: Reading): Promise<void> {
    for (let count = 0; ; count++) {
      const next = repository.nextRoot;
      const octets = await reading.read(next);
      if (octets === undefined) return;
      if (count >= NEW_ROOTS_MAX)
        throw repositoryError("ERR_RELEASE_ROOTS", `there are more than ${NEW_ROOTS_MAX} new roots at once`);
      requireRoomForRoot(repository.firstRootVersion, repository.rootVersion + 1);
      repository.addRoot(octets);
      this.#folder.write(next.path, octets);
    }
  }

  /**
   * Says what the metadata has of a target, as the last refresh has left it, of this process or of one before; undefined: nothing.
   *
   * @throws OperatorError ERR_RELEASE_EXPIRED when the metadata has come to its end since
   */
  async target(name: string): Promise<TargetFile | undefined> {
    this.#trusted ??= this.#open();
    if (this.#trusted === undefined) return undefined;
    if (this.#trusted.expires > this.#now()) return this.#trusted.target(name);
    throw repositoryError("ERR_RELEASE_EXPIRED", "the metadata has come to its end, and no newer one was had");
  }

  /** Reads what is on disk, if it is whole and has not ended. */
  #open(): TrustedRepository | undefined {
    const repository = this.#openWithRoots();
    return isTaken(() => {
      repository.addTimestamp(this.#require(TIMESTAMP));
      repository.addSnapshot(this.#require(repository.snapshot), false);
      repository.addTargets(this.#require(repository.targets));
    })
      ? repository
      : undefined;
  }

  #require({ path }: NamedFile): Buffer {
    const octets = this.#folder.read(path);
    if (octets === undefined) throw repositoryError("ERR_RELEASE_SOURCE", `there is no ${path}`);
    return octets;
  }

  /**
   * Copies all files that a reader needs which knows the first root alone into a folder that is there: `1.root.json` and the roots behind it, snapshot
   * and targets, and last `timestamp.json`.
   *
   * @throws OperatorError ERR_RELEASE_SOURCE when no refresh has come to its end, ERR_RELEASE_FILE
   */
  async copyMetadata(folder: string): Promise<void> {
    const repository = (this.#trusted ??= this.#open());
    if (repository === undefined) throw repositoryError("ERR_RELEASE_SOURCE", "no metadata is trusted yet");
    const copy = new MetadataFolder(folder);
    const first = repository.firstRootVersion;
    copy.write(`${first}.root.json`, this.#firstRoot);
    const roots = Array.from(
      { length: repository.rootVersion - first },
      (_, index) => `${first + index + 1}.root.json`,
    );
    for (const path of [...roots, repository.snapshot.path, repository.targets.path, TIMESTAMP.path])
      copy.write(path, this.#require({ path, sizeMax: 0 }));
    copy.keepOnly(repository.versions);
  }
}

/** A source, as a refresh reads it. */
class Reading {
  readonly #source: RepositorySource;
  readonly #signal: AbortSignal;

  constructor(source: RepositorySource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  read(file: NamedFile): Promise<Buffer | undefined> {
    return readWhole(this.#source, file, this.#signal);
  }

  async require(file: NamedFile): Promise<Buffer> {
    const octets = await this.read(file);
    if (octets !== undefined) return octets;
    throw repositoryError("ERR_RELEASE_SOURCE", `the source has no ${file.path}`);
  }
}

interface WholeFile {
  readonly path: string;
  readonly octets: Buffer;
}

/** Timestamp, snapshot and targets, in this order; those that are new, in the order in which they are to be written. */
async function readOthers(
  repository: TrustedRepository,
  reading: Reading,
  own: MetadataFolder | undefined,
): Promise<readonly WholeFile[]> {
  const takeOwn = (path: string, add: (octets: Buffer) => void): boolean => {
    const octets = own?.read(path);
    return octets !== undefined && isTaken(() => add(octets));
  };
  const files: WholeFile[] = [];
  takeOwn(TIMESTAMP.path, (octets) => repository.addTimestamp(octets));
  // The snapshot from before binds the next one, whether it is the next one or not.
  const ownSnapshot = repository.hasTimestamp ? repository.snapshot.path : undefined;
  const timestamp = await reading.require(TIMESTAMP);
  if (repository.addTimestamp(timestamp)) files.push({ path: TIMESTAMP.path, octets: timestamp });
  if (ownSnapshot === undefined || !takeOwn(ownSnapshot, (octets) => repository.addSnapshot(octets, true))) {
    const { path } = repository.snapshot;
    const octets = await reading.require(repository.snapshot);
    repository.addSnapshot(octets, false);
    files.unshift({ path, octets });
  }
  if (!takeOwn(repository.targets.path, (octets) => repository.addTargets(octets))) {
    const { path } = repository.targets;
    const octets = await reading.require(repository.targets);
    repository.addTargets(octets);
    files.unshift({ path, octets });
  }
  return files;
}

/** The state that was trusted, as far as it binds under the root of today. */
function boundBy(before: Trusted | undefined, { online, rootVersion }: TrustedRepository): Trusted {
  if (before === undefined) return { root: rootVersion, online };
  return before.online === online ? before : { root: before.root, online };
}

function isTaken(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function rolledBack(name: string, version: number, before: number): Error {
  const message = `the source has the version ${version} of ${name}, and ${before} was trusted before`;
  return repositoryError("ERR_RELEASE_ROLLED_BACK", message);
}
