import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { isOperatorError } from "@florenetes/operator-text";
import { repositoryError } from "../repository-errors.ts";
import { isRepositoryPath, type ReadOptions, type RepositorySource } from "../repository-source.ts";

const CHUNK_SIZE = 65_536;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A folder with `metadata` and `targets` as a source. Whoever may write to it leads nobody elsewhere: links are no files of it, and no folders. */
export class FolderSource implements RepositorySource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    if (!isRepositoryPath(path)) return undefined;
    const file = await this.#open(path);
    await file?.close();
    // A reader that is called off may never begin: the file is open for as long as somebody reads.
    return file === undefined ? undefined : this.#readPart(path, options);
  }

  async *#readPart(path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
    const file = await this.#open(path);
    if (file === undefined) throw repositoryError("ERR_RELEASE_SOURCE", `${path} is gone`);
    yield* readPart(file, path, options);
  }

  async #open(path: string): Promise<FileHandle | undefined> {
    const [folderName, name] = path.split("/") as [string, string];
    let folder: FileHandle | undefined;
    let file: FileHandle | undefined;
    try {
      folder = await open(join(this.#folder, folderName), READ_ONLY | constants.O_DIRECTORY);
      // Behind the descriptor is the folder that was opened, even if another one takes its place now.
      file = await open(`/proc/self/fd/${folder.fd}/${name}`, READ_ONLY);
      if (!(await file.stat()).isFile()) throw repositoryError("ERR_RELEASE_SOURCE", `${path} is no regular file`);
      return file;
    } catch (error) {
      await file?.close();
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      if (code === "ELOOP" || code === "ENOTDIR")
        throw repositoryError("ERR_RELEASE_SOURCE", `${path} is no regular file`, error);
      throw systemError(path, error);
    } finally {
      await folder?.close();
    }
  }
}

async function* readPart(
  file: FileHandle,
  path: string,
  { offset, lengthMax, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < lengthMax;) {
      signal.throwIfAborted();
      const size = Math.min(CHUNK_SIZE, lengthMax - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, offset + at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw systemError(path, error);
  } finally {
    await file.close();
  }
}

function systemError(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (isOperatorError(error)) return error;
  return repositoryError("ERR_RELEASE_SOURCE", `${path} cannot be read: ${code ?? message}`, error);
}
