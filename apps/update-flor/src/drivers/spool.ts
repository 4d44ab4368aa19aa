import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { syncFolder } from "@florenetes/process-kit";
import type { OperatorError } from "@florenetes/operator-text";
import { updateError } from "../update-errors.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const BLOCK_SIZE = 1_048_576;

/**
 * The folder into which the agent's user puts files. That user may be captured: no link is followed in it, nothing but a regular file is read, and no more of
 * it than is expected. What is copied is judged by the copy.
 */
export class Spool implements Disposable {
  readonly #path: string;
  readonly #folder: number;

  /** @throws OperatorError ERR_UPDATE_SPOOL */
  constructor(path: string) {
    this.#path = path;
    this.#folder = openFolder(path, path);
  }

  /** Whether there is a file of this name, or whatever lies there. */
  lies(name: string): boolean {
    return lstatSync(this.#place(name), { throwIfNoEntry: false }) !== undefined;
  }

  /** Takes a mark away, so that systemd sees none any more. */
  remove(name: string): void {
    try {
      const order = this.#place(name);
      // A folder in its place would have systemd start this program again and again. Its content may change while it is looked at, and so stays.
      if (lstatSync(order).isDirectory()) renameSync(order, this.#place(`no-order-${randomUUID()}`));
      else unlinkSync(order);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        throw this.#refused(name, (error as Error).message, error);
    }
  }

  /**
   * Reads a file as text.
   *
   * @throws OperatorError ERR_UPDATE_SPOOL
   */
  read(name: string, sizeMax: number): string {
    const file = this.#open(this.#folder, name);
    try {
      const { size } = fstatSync(file);
      if (size > sizeMax) throw this.#refused(name, `it has ${size} octets, and may have ${sizeMax}`);
      const octets = Buffer.alloc(size);
      let length = 0;
      for (let count = 1; count > 0 && length < size; length += count)
        count = readSync(file, octets, length, size - length, null);
      return octets.subarray(0, length).toString();
    } finally {
      closeSync(file);
    }
  }

  /** Whether there is a package, of whatever content. */
  has(name: string): boolean {
    try {
      closeSync(this.#openPackage(name));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Copies a package out of the spool, and judges the copy.
   *
   * @throws OperatorError ERR_UPDATE_SPOOL, ERR_UPDATE_HASH, ERR_UPDATE_DISK
   */
  copyPackage(name: string, to: string, expected: { readonly length: number; readonly sha256: string }): void {
    const from = this.#openPackage(name);
    try {
      copy(from, to, expected, name);
    } finally {
      closeSync(from);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#folder);
  }

  #openPackage(name: string): number {
    const packages = openFolder(this.#place("packages"), `${this.#path}/packages`);
    try {
      return this.#open(packages, name);
    } finally {
      closeSync(packages);
    }
  }

  #open(folder: number, name: string): number {
    let file: number;
    try {
      // A pipe would be waited for without O_NONBLOCK.
      file = openSync(`/proc/self/fd/${folder}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      throw this.#refused(name, (error as Error).message, error);
    }
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    throw this.#refused(name, "it is no regular file");
  }

  /** The path of a name in the folder that was opened, whatever the spool's path leads to meanwhile. */
  #place(name: string): string {
    return `/proc/self/fd/${this.#folder}/${name}`;
  }

  #refused(name: string, why: string, cause?: unknown): OperatorError {
    return updateError("ERR_UPDATE_SPOOL", `${this.#path}/${name}: ${why}`, cause);
  }
}

/** SHA-256 of a package that lies in root's own folder, in lower-case hex; undefined: it is not there, or has another length. */
export function hashOfPackage(path: string, length: number): string | undefined {
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    if (fstatSync(file).size !== length) return undefined;
    const digest = createHash("sha256");
    for (const block of blocksOf(file, length)) digest.update(block);
    return digest.digest("hex");
  } finally {
    closeSync(file);
  }
}

function openFolder(path: string, told: string): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    throw updateError("ERR_UPDATE_SPOOL", `${told}: ${(error as Error).message}`, error);
  }
}

function copy(
  from: number,
  to: string,
  { length, sha256 }: { readonly length: number; readonly sha256: string },
  name: string,
): void {
  const next = `${to}.next`;
  rmSync(next, { force: true });
  try {
    const file = openSync(next, "wx", 0o600);
    try {
      const digest = createHash("sha256");
      let copied = 0;
      for (const block of blocksOf(from, length + 1)) {
        copied += block.length;
        if (copied > length) break;
        digest.update(block);
        for (let at = 0; at < block.length;) at += writeSync(file, block, at);
      }
      if (copied !== length || digest.digest("hex") !== sha256)
        throw updateError("ERR_UPDATE_HASH", `${name} is not what the repository says`);
      // apt reads packages as a user of its own.
      fchmodSync(file, 0o644);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, to);
    syncFolder(dirname(to));
  } catch (error) {
    rmSync(next, { force: true });
    if ((error as NodeJS.ErrnoException).code === "ENOSPC")
      throw updateError("ERR_UPDATE_DISK", `${basename(to)} does not fit into ${dirname(to)}`, error);
    throw error;
  }
}

function* blocksOf(file: number, lengthMax: number): Generator<Buffer> {
  const block = Buffer.allocUnsafe(BLOCK_SIZE);
  for (let left = lengthMax; left > 0;) {
    const count = readSync(file, block, 0, Math.min(left, BLOCK_SIZE), null);
    if (count === 0) return;
    left -= count;
    yield block.subarray(0, count);
  }
}
