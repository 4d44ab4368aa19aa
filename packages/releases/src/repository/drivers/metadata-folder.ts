/**
 * Verified metadata on disk, named as in a published repository: each file is written whole, and `timestamp.json` after all that it leads to, so that
 * a reader that is killed at any moment finds the files of one state. `trusted.json` says what was trusted, for the case that one of them is damaged.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { ROOTS_MAX, TARGETS_SIZE_MAX } from "../limits.ts";
import { repositoryError } from "../repository-errors.ts";
import type { Versions } from "../trusted-repository.ts";

const TRUSTED = "trusted.json";
const NUMBERED = /^([1-9]\d{0,15})\.(root|snapshot|targets)\.json$/;

const version = z.int().min(1);
const trustedForm = z.object({
  version: z.literal(1),
  root: version,
  timestamp: version.optional(),
  snapshot: version.optional(),
  targets: version.optional(),
  online: z.string().max(8_192),
});

/** The state that was trusted; without the versions of those files whose keys the root has replaced since. */
export type Trusted = Pick<Versions, "root" | "online"> & Partial<Versions>;

export class MetadataFolder {
  readonly #folder: string;

  /** The folder is made when it is first written. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file by its path in the repository, as `metadata/3.root.json`; undefined: there is none that can be read. */
  read(path: string): Buffer | undefined {
    return this.#readFile(basename(path));
  }

  /** The state that was trusted before; undefined: nothing, or the file is damaged. */
  readTrusted(): Trusted | undefined {
    const octets = this.#readFile(TRUSTED);
    if (octets === undefined) return undefined;
    try {
      const { version: _form, ...trusted } = trustedForm.parse(JSON.parse(octets.toString("utf8")));
      return Object.fromEntries(
        Object.entries(trusted).filter(([, value]) => value !== undefined),
      ) as unknown as Trusted;
    } catch {
      return undefined;
    }
  }

  /** @throws OperatorError ERR_RELEASE_FILE */
  write(path: string, octets: Uint8Array): void {
    writing(this.#folder, () => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o755 });
      putWhole(this.#folder, basename(path), octets);
    });
  }

  /** @throws OperatorError ERR_RELEASE_FILE */
  writeTrusted(trusted: Trusted): void {
    const octets = Buffer.from(`${JSON.stringify({ version: 1, ...trusted })}\n`);
    if (this.#readFile(TRUSTED)?.equals(octets) !== true) this.write(TRUSTED, octets);
  }

  /** Takes away snapshots and targets of other versions, and roots that are beyond the bound. */
  keepOnly({ root, snapshot, targets }: Versions): void {
    writing(this.#folder, () => {
      for (const name of readdirSync(this.#folder)) {
        const [, digits, role] = NUMBERED.exec(name) ?? [];
        const number = Number(digits);
        const isNeeded =
          role === undefined ||
          (role === "root" && number <= root) ||
          (role === "snapshot" && number === snapshot) ||
          (role === "targets" && number === targets);
        if (!isNeeded) rmSync(join(this.#folder, name));
      }
    });
  }

  #readFile(name: string): Buffer | undefined {
    let file: number | undefined;
    try {
      file = openSync(join(this.#folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = fstatSync(file);
      return stats.isFile() && stats.size <= TARGETS_SIZE_MAX ? readFileSync(file) : undefined;
    } catch {
      // The repository has it, too.
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

/** Throws when a chain of roots has become longer than a reader keeps. */
export function requireRoomForRoot(first: number, next: number): void {
  if (next - first < ROOTS_MAX) return;
  throw repositoryError(
    "ERR_RELEASE_ROOTS",
    `there are more than ${ROOTS_MAX} roots since the first one: give the reader a later first root`,
  );
}

function putWhole(folder: string, name: string, octets: Uint8Array): void {
  const next = join(folder, `.${name}.new`);
  // A kill may have left one.
  rmSync(next, { force: true });
  const file = openSync(next, "wx", 0o644);
  try {
    writeFileSync(file, octets);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, join(folder, name));
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function writing<Result>(folder: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw repositoryError("ERR_RELEASE_FILE", `${folder} cannot be written: ${code}`, error);
  }
}
