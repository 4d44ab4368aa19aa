/** The record of a CA on disk: read as far as it has grown, appended to, never changed. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { IdentityError } from "../../../errors.ts";
import { RECORD_SIZE_MAX } from "../../../limits.ts";
import { inFile } from "../../../credentials.ts";
import { readTextFile, syncFolder } from "../../../drivers/files.ts";
import { codeOf, unreadable, writeFailed } from "../../../drivers/system-errors.ts";
import { AuthorityRecord, CUT_MARK, formatEntry, type RecordEntry } from "../record.ts";

/** Only complete lines count: the rest was cut off by a crash, or is being written. */
const NEW_LINE = 0x0a;
const APPENDING = "cannot append to it";

export class RecordFile {
  readonly path: string;
  readonly #olderPath: string;
  #record = new AuthorityRecord();
  /** Identifies the file that was read, and the octet up to which it was read. */
  #inode = 0;
  #end = 0;

  /**
   * `olderPath` is the record of an earlier version, which told only of issued certificates; it is read first, if it
   * exists. Throws ERR_IDENTITY_RECORD_BROKEN, _FILE_UNREADABLE.
   */
  constructor(path: string, olderPath: string) {
    this.path = path;
    this.#olderPath = olderPath;
    this.#restart();
    this.read();
  }

  /** The record as it is on disk now. Throws as the constructor does. */
  read(): AuthorityRecord {
    if (!existsSync(this.path)) return this.#record;
    const descriptor = this.#open(constants.O_RDONLY | constants.O_NONBLOCK, (error) =>
      unreadable(this.path, codeOf(error), error),
    );
    try {
      this.#readNew(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return this.#record;
  }

  /**
   * Appends entries and flushes them to the disk. The caller keeps others from appending at the same time. When the
   * system refuses the write, the file keeps none of the entries. Throws ERR_IDENTITY_WRITE_FAILED.
   */
  append(entries: readonly RecordEntry[]): void {
    const isNew = !existsSync(this.path);
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
    const descriptor = this.#open(flags, (error) => writeFailed(this.path, error, APPENDING));
    try {
      const { size } = fstatSync(descriptor);
      const isCut = size > 0 && readLastOctet(descriptor, size) !== NEW_LINE;
      const lines = entries.map((entry) => `${formatEntry(entry)}\n`).join("");
      this.#write(descriptor, size, `${isCut ? `${CUT_MARK}\n` : ""}${lines}`);
      if (isNew) syncFolder(dirname(this.path));
      this.#readNew(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  #write(descriptor: number, size: number, text: string): void {
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } catch (error) {
      ftruncateSync(descriptor, size);
      throw writeFailed(this.path, error, APPENDING);
    }
  }

  /** Reads the new lines. A file that was replaced, or is shorter than before, is read from its beginning. */
  #readNew(descriptor: number): void {
    const stats = fstatSync(descriptor);
    const { ino, size } = stats;
    if (!stats.isFile()) throw unreadable(this.path, "it is not a regular file");
    if (size > RECORD_SIZE_MAX) throw unreadable(this.path, `it has ${size} bytes`);
    if (ino !== this.#inode || size < this.#end) this.#restart();
    this.#inode = ino;
    const octets = Buffer.alloc(size - this.#end);
    const length = readSync(descriptor, octets, 0, octets.length, this.#end);
    const whole = octets.subarray(0, octets.subarray(0, length).lastIndexOf(NEW_LINE) + 1);
    if (whole.length === 0) return;
    const lines = whole.toString("utf8").slice(0, -1).split("\n");
    inFile(this.path, () => lines.forEach((line) => this.#record.addLine(line)));
    this.#end += whole.length;
  }

  #restart(): void {
    this.#record = new AuthorityRecord();
    this.#end = 0;
    if (!existsSync(this.#olderPath)) return;
    // The older record does not mark a line that a crash cut off. Such a line tells of a certificate that was never
    // handed out.
    const lines = readTextFile(this.#olderPath, RECORD_SIZE_MAX).text.split("\n");
    const whole = lines.filter((line) => line.endsWith("}"));
    inFile(this.#olderPath, () => whole.forEach((line) => this.#record.addLine(line)));
  }

  #open(flags: number, failure: (error: unknown) => IdentityError): number {
    try {
      return openSync(this.path, flags, 0o600);
    } catch (error) {
      throw failure(error);
    }
  }
}

function readLastOctet(descriptor: number, size: number): number {
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0]!;
}
