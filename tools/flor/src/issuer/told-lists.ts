/** The revocation lists that an issuer tells: those by which nodes are judged, and that of its own CA. Nodes judge each of them. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { CA_FILES, readTextFile } from "@florenetes/identity/authority";
import { LISTS_SIZE_MAX } from "./limits.ts";

export class ToldLists {
  readonly #files: readonly string[];
  /** The state of the files when they were read. */
  #seen = "";
  #hash = "";
  #answer: Buffer = Buffer.alloc(0);

  /** @param folders Folders that may have a file of lists each */
  constructor(folders: readonly string[]) {
    this.#files = folders.map((folder) => join(folder, CA_FILES.revocationList));
  }

  /** SHA-256 of all lists as they are told, lower-case hex: by it a node says which ones it has. */
  get hash(): string {
    return this.#hash;
  }

  /** The answer that tells them, in JSON: it is made once for all who ask. */
  get answer(): Buffer {
    return this.#answer;
  }

  /** Reads files that have changed. Returns whether the lists are others than before. Throws ERR_IDENTITY_FILE_UNREADABLE. */
  look(): boolean {
    const seen = this.#files.map(stateOf);
    if (seen.join() === this.#seen) return false;
    const lists = this.#files.map((file, index) => (seen[index] === "" ? "" : readTextFile(file, LISTS_SIZE_MAX).text));
    const text = lists.join("");
    const hash = createHash("sha256").update(text).digest("hex");
    this.#seen = seen.join();
    if (hash === this.#hash) return false;
    this.#hash = hash;
    this.#answer = Buffer.from(JSON.stringify({ lists: text }));
    return true;
  }
}

/** A text that is another one when a file was written or replaced; "": there is none. */
function stateOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}
