import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { isOperatorError } from "@florenetes/operator-text";
import { MINIMUM_RATE, RATE_WINDOW_MS } from "../limits.ts";
import { repositoryError } from "../repository-errors.ts";
import type { RepositorySource, TargetFile } from "../repository-source.ts";
import { readEach } from "./read-file.ts";

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Octets a second that the source has to give at least, looked at every 10 s. */
  readonly minimumRate?: number;
}

const CHUNK_SIZE = 65_536;
const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Downloads a target into a file, which is on the disk then. A part that is there is gone on with; where the whole is wrong then, it is read again from its
 * beginning, as the part may be another source's. What a source gave that fails or is too slow stays for the next one.
 *
 * @throws OperatorError ERR_RELEASE_TARGET and ERR_RELEASE_TOO_LONG, and the file is gone; ERR_RELEASE_SOURCE, ERR_RELEASE_TOO_SLOW, ERR_RELEASE_FILE, and what the source throws; the reason of `signal`
 */
export async function downloadTarget(
  target: TargetFile,
  source: RepositorySource,
  file: string,
  options: DownloadOptions,
): Promise<void> {
  const output = await openFile(file);
  try {
    const download = new Download(target, output);
    const isResumed = await download.takePart();
    await download.readRest(source, options);
    if (isResumed && !download.isRight) {
      await download.beginAgain();
      await download.readRest(source, options);
    }
    if (!download.isRight) throw repositoryError("ERR_RELEASE_TARGET", `${target.path} has other octets`);
    await output.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_RELEASE_TARGET" || code === "ERR_RELEASE_TOO_LONG") await rm(file, { force: true });
    if (isOperatorError(error) || options.signal.aborted) throw error;
    throw fileError(file, error);
  } finally {
    await output.close();
  }
}

/** A target on its way into a file: how much of it is there, and the hash of that. */
class Download {
  readonly #target: TargetFile;
  readonly #file: FileHandle;
  #hash: Hash = createHash("sha256");
  #length = 0;
  #digest: string | undefined;

  constructor(target: TargetFile, file: FileHandle) {
    this.#target = target;
    this.#file = file;
  }

  /** Takes what is in the file. False: nothing that can be gone on with. */
  async takePart(): Promise<boolean> {
    const stats = await this.#file.stat();
    if (!stats.isFile()) throw repositoryError("ERR_RELEASE_FILE", "the place of a target is no regular file");
    if (stats.size > this.#target.length) await this.beginAgain();
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(CHUNK_SIZE), 0, CHUNK_SIZE, this.#length);
      if (bytesRead === 0) return this.#length > 0;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
  }

  async beginAgain(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash("sha256");
    this.#length = 0;
    this.#digest = undefined;
  }

  async readRest(source: RepositorySource, { signal, minimumRate = MINIMUM_RATE }: DownloadOptions): Promise<void> {
    const { path, length } = this.#target;
    const offset = this.#length;
    if (offset === length) return;
    const ending = new AbortController();
    let before = offset;
    const watch = setInterval(() => {
      const least = Math.min((minimumRate * RATE_WINDOW_MS) / 1_000, length);
      if (this.#length - before < least)
        ending.abort(repositoryError("ERR_RELEASE_TOO_SLOW", `${path}: less than ${minimumRate} octets a second`));
      before = this.#length;
    }, RATE_WINDOW_MS);
    try {
      // With one octet more, a source that goes on for ever is told from one that is right.
      const lengthMax = length - offset + 1;
      const both = AbortSignal.any([signal, ending.signal]);
      const isThere = await readEach(source, path, { offset, lengthMax, signal: both }, (chunk) => this.#add(chunk));
      if (!isThere) throw repositoryError("ERR_RELEASE_SOURCE", `the source has no ${path}`);
    } finally {
      clearInterval(watch);
    }
    if (this.#length < length)
      throw repositoryError("ERR_RELEASE_SOURCE", `${path} ended after ${this.#length} of ${length} octets`);
  }

  async #add(chunk: Uint8Array): Promise<void> {
    const { path, length } = this.#target;
    if (this.#length + chunk.length > length)
      throw repositoryError("ERR_RELEASE_TOO_LONG", `${path} has more than ${length} octets`);
    await this.#file.write(chunk, 0, chunk.length, this.#length);
    this.#hash.update(chunk);
    this.#length += chunk.length;
  }

  get isRight(): boolean {
    this.#digest ??= this.#hash.digest("hex");
    return this.#length === this.#target.length && this.#digest === this.#target.sha256;
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, OPEN, 0o644);
  } catch (error) {
    throw fileError(file, error);
  }
}

function fileError(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return repositoryError("ERR_RELEASE_FILE", `${file} cannot be written: ${code}`, error);
}
