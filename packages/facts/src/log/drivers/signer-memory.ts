/** The memory of a signer: one file for each log. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { hashField, integerField, nameField } from "../../fields.ts";
import type { SignerState } from "../checkpoint.ts";
import type { LogHead } from "../entry.ts";
import { LogError } from "../errors.ts";

export interface SignerMemoryOptions {
  /** The folder; it is made where it is missing. One process at a time uses it. */
  readonly folder: string;
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
}

/** Octets of a memory: more is none. */
const SIZE_MAX = 4_096;

const content = z.strictObject({
  cluster: nameField,
  log: nameField,
  signed: z.strictObject({ id: hashField, epoch: integerField, index: integerField, head: hashField }).optional(),
  fork: z.strictObject({ index: integerField, hashes: z.tuple([hashField, hashField]) }).optional(),
});

export class SignerMemory {
  readonly #options: SignerMemoryOptions;
  readonly #path: string;
  #state: SignerState;

  /** Throws ERR_LOG_SIGNER_MEMORY where a file is there that is no memory of this log: to begin anew could contradict what was signed. */
  constructor(options: SignerMemoryOptions) {
    this.#options = options;
    this.#path = join(options.folder, `checkpoints-${options.log}.json`);
    this.#state = this.#read();
  }

  get state(): SignerState {
    return this.#state;
  }

  /** The entry that a signer's reader begins behind; undefined while nothing was signed: it begins where it likes. */
  get seen(): LogHead | undefined {
    const { signed } = this.#state;
    return signed === undefined ? undefined : { index: signed.index, hash: signed.head };
  }

  /** Keeps a state: it is on the disk once this has returned. Throws ERR_LOG_SIGNER_MEMORY. */
  keep(state: SignerState): void {
    const { folder, cluster, log } = this.#options;
    const next = `${this.#path}.next`;
    this.#telling(() => {
      const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) syncFolder(dirname(made));
      rmSync(next, { force: true });
      const file = openSync(next, "wx", 0o600);
      try {
        writeFileSync(file, `${JSON.stringify({ cluster, log, ...state })}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      // A crash leaves the old file or the new one, whole.
      renameSync(next, this.#path);
      syncFolder(folder);
    });
    this.#state = state;
  }

  #read(): SignerState {
    const { cluster, log } = this.#options;
    const text = this.#telling(() => {
      try {
        return readFileSync(this.#path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    });
    if (text === undefined) return {};
    const read = text.length > SIZE_MAX ? undefined : content.safeParse(parse(text)).data;
    if (read?.cluster !== cluster || read.log !== log) throw this.#failure("it is no memory of this log");
    return { signed: read.signed, fork: read.fork };
  }

  #telling<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw this.#failure((error as NodeJS.ErrnoException).code ?? String(error), error);
    }
  }

  #failure(reason: string, cause?: unknown): LogError {
    return new LogError("ERR_LOG_SIGNER_MEMORY", reason, { where: { file: this.#path }, cause });
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
