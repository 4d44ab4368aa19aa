import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { RepositoryPath } from "../serving/repository-path.ts";

/** A file that is read: `release` once it is over. */
export interface SuppliedFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly release: () => Promise<void>;
}

/** How a reader asks. */
export interface Asking {
  /** The reader is a cache that wants what is here, or comes: nobody is asked for it. */
  readonly isCachedOnly: boolean;
  /** The service of a cache that reads; undefined: it is a node. */
  readonly cache: string | undefined;
}

/** Whoever has files of a repository. */
export interface FileSupply {
  /**
   * The file of a path; undefined: there is none.
   *
   * @throws OperatorError `ERR_STORE_…` where there is none at present
   */
  open(path: RepositoryPath, asking: Asking): Promise<SuppliedFile | undefined>;
}

const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a regular file of a folder; undefined: there is none. No links are followed, and neither pipes nor devices are opened for anybody.
 *
 * @throws the system's error where it cannot be read
 */
export async function openFile(folder: string, path: string): Promise<SuppliedFile | undefined> {
  const [below = "", name = ""] = path.split("/");
  let place: FileHandle | undefined;
  let handle: FileHandle | undefined;
  try {
    place = await open(join(folder, below), READ_ONLY | constants.O_DIRECTORY);
    // Behind the descriptor is the folder that was opened, even if another one takes its place now.
    handle = await open(`/proc/self/fd/${place.fd}/${name}`, READ_ONLY);
    const stats = await handle.stat();
    if (!stats.isFile()) {
      await handle.close();
      return undefined;
    }
    const opened = handle;
    return { handle, size: stats.size, release: () => opened.close() };
  } catch (error) {
    await handle?.close();
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  } finally {
    await place?.close();
  }
}

/** No such file, a link, a file where a folder should be, a socket. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ELOOP", "ENOTDIR", "ENXIO"]);
