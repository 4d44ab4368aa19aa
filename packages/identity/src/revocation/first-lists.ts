/** Decides which list of a CA may be the first in force in a process that remembers none, by what its identity folders know. */
import type { IdentityError } from "../errors.ts";
import { checkFirstList, type ListNumbers } from "./list-numbers.ts";
import type { RevocationList } from "./revocations.ts";

/** The memory that the identity folders have of former lists. */
export interface NumbersReading {
  readonly known: ListNumbers;
  /** Changes when one of the files does. */
  readonly stamp: string;
  /** Why files could not be read: what they know is not in `known`. */
  readonly problems: readonly IdentityError[];
}

export class FirstLists {
  readonly #isRequired: boolean;
  #known: ListNumbers = new Map();
  #stamp = "";
  /** The stamp of the files when a list was refused that the operator may vouch for. */
  #refusedAt: string | undefined;

  /** @param isRequired false: lists are optional, and the first one that comes is taken, which is better than none. */
  constructor(isRequired: boolean) {
    this.#isRequired = isRequired;
  }

  /** To be told before lists are checked. */
  handleNumbers({ known, stamp }: NumbersReading): void {
    this.#known = known;
    this.#stamp = stamp;
  }

  /** Throws ERR_IDENTITY_LIST_UNCONFIRMED or _LIST_OLDER. */
  check(list: Pick<RevocationList, "issuer" | "issuerName" | "number">): void {
    if (!this.#isRequired) return;
    try {
      checkFirstList(list, this.#known);
    } catch (error) {
      this.#refusedAt ??= this.#stamp;
      throw error;
    }
  }

  /** Says that a list was refused which the operator may vouch for. */
  get isWaiting(): boolean {
    return this.#refusedAt !== undefined;
  }

  /** Says, once, that somebody has written into a folder since a list was refused: it may be taken now. */
  handleStamp(stamp: string): boolean {
    if (this.#refusedAt === undefined || stamp === this.#refusedAt) return false;
    this.#refusedAt = undefined;
    return true;
  }
}
