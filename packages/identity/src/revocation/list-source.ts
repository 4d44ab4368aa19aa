/** `crl.pem` of one identity folder over many looks: what has changed, and which lists are refused. */
import type { IdentityError } from "../errors.ts";
import type { FoundList, ListFileResult, RefusedList } from "./list-file.ts";
import type { RevocationEvent, RevocationRefusal } from "./revocation-event.ts";

/** The outcome of a look at the file. */
export type SourceReading =
  | { readonly kind: "absent" }
  /** The stamp was taken before the reading. */
  | { readonly kind: "unreadable"; readonly error: IdentityError; readonly stamp: string | undefined }
  /** The file holds what it held at the last look, and was not read again. */
  | { readonly kind: "same"; readonly stamp: string }
  | {
      readonly kind: "read";
      readonly path: string;
      readonly digest: string;
      readonly stamp: string;
      readonly result: ListFileResult;
    };

export class ListSource {
  readonly file: string;
  /** The lists that the last look at the file refused. */
  refused: readonly RevocationRefusal[] = [];
  readonly #tell: (event: RevocationEvent) => void;
  /** Undefined when there was no file at the last look. */
  #stamp: string | undefined;
  #digest: string | undefined;
  /** Digest of content that was broken when it was first seen: the file may be half written, and is told of only when seen again. */
  #doubted: string | undefined;
  /** The earliest begin of a list that was refused for being early, in milliseconds of the wall clock. */
  #retryAt: number | undefined;

  constructor(file: string, tell: (event: RevocationEvent) => void) {
    this.file = file;
    this.#tell = tell;
  }

  /** Says whether there is something to read: a file with a new stamp, or a list whose time has come. */
  isDue(stamp: string | undefined, at: Date): boolean {
    if (this.#retryAt === undefined || at.getTime() < this.#retryAt) return stamp !== this.#stamp;
    this.#digest = undefined;
    return true;
  }

  hasContent(digest: string): boolean {
    return digest === this.#digest;
  }

  /** Makes an unchanged file due: a list that was refused may be accepted now. It counts as refused until it is read. */
  forgetContent(): void {
    this.#stamp = "forgotten";
    this.#digest = undefined;
  }

  /**
   * Says, once for each broken content, that the file is to be read again before it is told of: somebody may be writing
   * it. Nothing is noted of this reading, so that the file stays due.
   */
  doubts(reading: SourceReading): boolean {
    if (reading.kind !== "read" || this.#doubted === reading.digest) return false;
    if (!reading.result.refused.some(({ code }) => code.endsWith("_BROKEN"))) return false;
    this.#doubted = reading.digest;
    return true;
  }

  /** Notes the reading, and tells which lists are refused; returns the lists that are in order. */
  handleReading(reading: SourceReading, at: Date): readonly FoundList[] {
    switch (reading.kind) {
      case "absent":
        this.#handleAbsence();
        return [];
      case "unreadable":
        this.#forget(reading.stamp);
        this.refuse(reading.error, at, reading.error.where?.file);
        return [];
      case "same":
        this.#stamp = reading.stamp;
        return [];
      case "read":
    }
    const { result, path } = reading;
    this.#forget(reading.stamp);
    this.#digest = reading.digest;
    for (const refused of result.refused) {
      this.refuse(refused, at, path);
      this.#retryAt = earlier(this.#retryAt, refused.retryAt?.getTime());
    }
    return result.lists;
  }

  /** Notes and tells why a list is refused. */
  refuse({ code, message }: Pick<RefusedList, "code" | "message">, at: Date, file: string = this.file): void {
    this.refused = [...this.refused, { file, code, text: message, at: at.toISOString() }];
    this.#tell({ level: "error", code: "REVOCATION_REFUSED", text: message, file, reason: code });
  }

  #handleAbsence(): void {
    if (this.#digest !== undefined) {
      const text = "the file is gone; the lists that it held are in force still";
      this.#tell({ level: "warn", code: "REVOCATION_FILE_REMOVED", text, file: this.file });
    }
    this.#forget(undefined);
  }

  #forget(stamp: string | undefined): void {
    this.#stamp = stamp;
    this.#digest = undefined;
    this.#retryAt = undefined;
    this.refused = [];
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
