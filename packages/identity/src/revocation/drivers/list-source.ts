/** `crl.pem` of one identity folder, as a process sees it again and again: what has changed, and what is refused of it. */
import { join } from "node:path";
import { IdentityError } from "../../errors.ts";
import type { FoundList, ListFileResult, RefusedList } from "../list-file.ts";
import type { ListTrust } from "../list-trust.ts";
import type { RevocationEvent, RevocationRefusal } from "../revocation-event.ts";
import { type ListFileContent, readCrlFile, REVOCATION_FILE, stampOf } from "./crl-file.ts";

/** One reading of some files or all. */
export interface Pass {
  readonly why: "start" | "reload" | "change";
  readonly at: Date;
  readonly trust: ListTrust;
  /** Undefined when the process lets go of its lists meanwhile. */
  read(content: ListFileContent): Promise<ListFileResult | undefined>;
}

export class ListSource {
  readonly file: string;
  /** The lists that the last look at the file refused. */
  refused: readonly RevocationRefusal[] = [];
  readonly #folder: string;
  readonly #tell: (event: RevocationEvent) => void;
  /** Undefined: there was none at the last look. */
  #stamp: string | undefined;
  #digest: string | undefined;
  /** Content that was broken when it was seen first: it may be half written, and is not told before it is seen again. */
  #doubted: string | undefined;
  /** When the first list begins that was refused for being early; in milliseconds of the wall clock. */
  #retryAt: number | undefined;

  constructor(folder: string, tell: (event: RevocationEvent) => void) {
    this.#folder = folder;
    this.file = join(folder, REVOCATION_FILE);
    this.#tell = tell;
  }

  /** Says whether there is something to read: another file, or a list whose time has come. */
  async isDue(at: Date): Promise<boolean> {
    if (this.#retryAt === undefined || at.getTime() < this.#retryAt)
      return (await stampOf(this.#folder)) !== this.#stamp;
    this.#digest = undefined;
    return true;
  }

  /** Makes the file due though it is the same: a list that was refused may be taken now. */
  forgetContent(): void {
    this.#forget("forgotten");
  }

  /**
   * Reads the file and tells what is refused of it; returns what is in order. At the start, rejects with the first IdentityError
   * instead.
   */
  async load(pass: Pass): Promise<readonly FoundList[]> {
    const stamp = await stampOf(this.#folder);
    let content: ListFileContent | undefined;
    try {
      content = await readCrlFile(this.#folder);
    } catch (error) {
      if (!(error instanceof IdentityError) || pass.why === "start") throw error;
      this.#forget(stamp);
      this.refuse(error, pass, error.where?.file);
      return [];
    }
    if (content === undefined) {
      this.#noteAbsence();
      return [];
    }
    this.#stamp = content.stamp;
    if (content.digest === this.#digest && pass.why === "change") return [];
    const result = await pass.read(content);
    if (result === undefined || this.#isDoubtful(content, result, pass)) return [];
    this.#forget(content.stamp);
    this.#digest = content.digest;
    for (const refused of result.refused) {
      this.refuse(refused, pass, content.path);
      this.#retryAt = earlier(this.#retryAt, refused.retryAt?.getTime());
    }
    return result.lists;
  }

  /** Notes and tells why a list is not taken. At the start, throws it. */
  refuse({ code, message }: Pick<RefusedList, "code" | "message">, { why, at }: Pass, file: string = this.file): void {
    if (why === "start") throw new IdentityError(code, message, { where: { file } });
    this.refused = [...this.refused, { file, code, text: message, at: at.toISOString() }];
    this.#tell({ level: "error", code: "REVOCATION_REFUSED", text: message, file, reason: code });
  }

  /** A file that is broken may be one that somebody is writing: it is looked at once more before anything is said. */
  #isDoubtful({ digest }: ListFileContent, { refused }: ListFileResult, { why }: Pass): boolean {
    const isBroken = refused.some(({ code }) => code.endsWith("_BROKEN"));
    if (why !== "change" || !isBroken || this.#doubted === digest) return false;
    this.#doubted = digest;
    this.#stamp = "doubted";
    return true;
  }

  #noteAbsence(): void {
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
