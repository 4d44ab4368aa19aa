import { mkdirSync, openSync, readSync, closeSync, renameSync, writeFileSync, constants } from "node:fs";
import { dirname } from "node:path";
import type { KeptNeighbours } from "../link-surroundings.ts";
import type { KnownAddresses } from "../strangers/known-addresses.ts";
import { KNOWN_FILE_MAX } from "../limits.ts";

/** The addresses are written this often at most, however often neighbours come from new ones. */
const WRITE_EVERY_MS = 10_000;

/**
 * Keeps known addresses in a file, so that a restart finds them. A missing file is as good as an empty one. Only the places for known
 * addresses depend on the file, so its errors are not told.
 */
export class KeptAddresses implements KeptNeighbours {
  readonly #path: string;
  readonly #known: KnownAddresses;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, known: KnownAddresses) {
    this.#path = path;
    this.#known = known;
    known.read(readStart(path));
  }

  /** Writes the file soon. */
  handleChange(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
  }

  #write(): void {
    if (!this.#known.takeNews()) return;
    const temporary = `${this.#path}.new`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(temporary, this.#known.toText(), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch {
      // The addresses are kept for the next start only; without them a link comes up all the same.
    }
  }
}

/** The file's first bytes; "" when there is none. */
function readStart(path: string): string {
  const bytes = Buffer.alloc(KNOWN_FILE_MAX);
  let descriptor: number | undefined;
  try {
    // Not blocking: whatever lies there must not hold the process.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes));
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
