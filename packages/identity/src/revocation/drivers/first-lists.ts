/** Decides which list of a CA may be the first in force in a process that remembers none, by what its identity folders know. */
import { IdentityError, type IdentityErrorCode } from "../../errors.ts";
import { checkFirstList, type ListNumbers, mergeListNumbers, numbersOf } from "../list-numbers.ts";
import type { RevocationEvent } from "../revocation-event.ts";
import type { RevocationList } from "../revocations.ts";
import { listNumbersStamp, noteListNumbers, readListNumbers } from "./list-numbers-file.ts";

export interface FirstListsOptions {
  /** The identities' folders. */
  readonly folders: readonly string[];
  /** False: lists are optional, and the first one that comes is taken, which is better than none. */
  readonly isRequired: boolean;
  readonly tell: (event: RevocationEvent) => void;
}

export class FirstLists {
  readonly #options: FirstListsOptions;
  #known: ListNumbers = new Map();
  #stamp = "";
  /** The stamp of the files when a list was refused that the operator may vouch for. */
  #refusedAt: string | undefined;

  constructor(options: FirstListsOptions) {
    this.#options = options;
  }

  /** Reads what the folders know. To be called before lists are read. */
  async read(): Promise<void> {
    const { folders, isRequired } = this.#options;
    if (!isRequired) return;
    this.#stamp = await this.#stampNow();
    this.#known = mergeListNumbers(...folders.map((folder) => this.#readFolder(folder)));
  }

  /** Throws ERR_IDENTITY_LIST_UNCONFIRMED or _LIST_OLDER. */
  check(list: Pick<RevocationList, "issuer" | "issuerName" | "number">): void {
    if (!this.#options.isRequired) return;
    try {
      checkFirstList(list, this.#known);
    } catch (error) {
      this.#refusedAt ??= this.#stamp;
      throw error;
    }
  }

  /** Says, once, that somebody has written into a folder since a list was refused: it may be taken now. */
  async takeNews(): Promise<boolean> {
    if (this.#refusedAt === undefined || (await this.#stampNow()) === this.#refusedAt) return false;
    this.#refusedAt = undefined;
    return true;
  }

  /**
   * Notes in every folder which lists are in force: when the state folder is lost, none before them is taken. It waits for the
   * disk, as seldom as lists change.
   */
  note(lists: readonly RevocationList[]): void {
    const { folders, isRequired } = this.#options;
    if (!isRequired) return;
    const numbers = numbersOf(lists);
    for (const folder of folders) {
      this.#attempt(folder, "REVOCATION_NOT_KEPT", () => noteListNumbers(folder, numbers));
    }
  }

  #readFolder(folder: string): ListNumbers {
    return this.#attempt(folder, "REVOCATION_REFUSED", () => readListNumbers(folder)) ?? new Map();
  }

  #attempt<Result>(folder: string, code: RevocationEvent["code"], action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      const reason: IdentityErrorCode = error.code;
      this.#options.tell({ level: "error", code, text: error.message, file: error.where?.file ?? folder, reason });
      return undefined;
    }
  }

  async #stampNow(): Promise<string> {
    return (await Promise.all(this.#options.folders.map(listNumbersStamp))).join("\n");
  }
}
