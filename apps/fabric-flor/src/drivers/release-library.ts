/** The parts of `@florenetes/releases` by which packages are fetched: they are loaded when something is fetched, as most agents fetch nothing for months. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessTime } from "@florenetes/scheduling";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

/** A package, as the repository's verified metadata has it. */
export interface KnownTarget {
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
  /** `targets/<sha256>.<name>`. */
  readonly path: string;
}

/** Verified metadata of a repository. */
interface KnownRepository {
  target(name: string): Promise<KnownTarget | undefined>;
  copyMetadata(folder: string): Promise<void>;
}

/** A repository and the places from which it is read. */
export interface ReleaseLibrary extends AsyncDisposable {
  readonly repository: KnownRepository;
  /** Reads what is new. @param isEnough Asked behind each place: the next one is asked where it is not enough */
  refresh(signal: AbortSignal, isEnough: () => Promise<boolean>): Promise<void>;
  /** Fetches a package into a file, and goes on with what is there of it. */
  download(target: KnownTarget, file: string, signal: AbortSignal): Promise<void>;
}

export interface LibraryOptions {
  /** The folder in which verified metadata is kept. */
  readonly folder: string;
  /** The file of the repository's first root. */
  readonly repositoryRoot: string;
  /** Path of the cluster vertex's socket of data sessions. */
  readonly sessions: string;
  readonly time: ProcessTime;
}

const ROOT_SIZE_MAX = 524_288;

/** Opens the library. @throws OperatorError `ERR_FABRIC_RELEASE_ROOT` */
export async function openReleaseLibrary(options: LibraryOptions): Promise<ReleaseLibrary> {
  const { folder, repositoryRoot, sessions, time } = options;
  const firstRoot = readRepositoryRoot(repositoryRoot);
  const { RepositoryReader, SessionSources } = await import("@florenetes/releases");
  const repository = new RepositoryReader({ folder, firstRoot });
  const sources = new SessionSources({ sessions, name: "fabric-flor", time });
  return {
    repository,
    refresh: (signal, isEnough) => sources.refresh(repository, signal, isEnough),
    download: (target, file, signal) => sources.download(target, file, { signal }),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  };
}

/** The octets of the repository's first root. @throws OperatorError `ERR_FABRIC_RELEASE_ROOT` */
export function readRepositoryRoot(path: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error("it is no regular file");
    if (stats.size > ROOT_SIZE_MAX) throw new Error(`it has more than ${ROOT_SIZE_MAX} octets`);
    return readFileSync(descriptor);
  } catch (error) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_RELEASE_ROOT";
    const advice = "Copy the first root there that `flor release init` has written.";
    const where = { file: path, key: "updates.repository-root" };
    throw new OperatorError(code, `it cannot be read: ${(error as Error).message}`, { advice, where });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
