/**
 * Decides which list of a CA may be the first in force in a process that remembers none, by the numbers that its
 * identity folders know. Also knows which lists in force are in doubt.
 */
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { describeName } from "../certificates/description.ts";
import type { IdentityError } from "../errors.ts";
import { checkFirstList, type ListNumbers } from "./list-numbers.ts";
import type { ListTrust } from "./list-trust.ts";
import type { RevocationDoubt } from "./revocation-event.ts";
import type { RevocationList, Revocations } from "./revocations.ts";

/** The numbers of former lists that the identity folders remember. */
export interface NumbersReading {
  readonly known: ListNumbers;
  /** Changes when one of the files does. */
  readonly stamp: string;
  /** Why files could not be read: their numbers are missing in `known`. */
  readonly problems: readonly IdentityError[];
}

export class FirstLists {
  readonly #isRequired: boolean;
  #known: ListNumbers = new Map();
  #stamp = "";
  /** Issuers whose first list was taken though nothing vouched for it. */
  readonly #unconfirmed = new Set<string>();
  /** The stamp of the files when a list was refused that the operator may confirm. */
  #refusedAt: string | undefined;

  /** @param isRequired false: lists are optional, and the first one that comes is taken, which is better than none. */
  constructor(isRequired: boolean) {
    this.#isRequired = isRequired;
  }

  /** To be called before lists are checked. */
  handleNumbers({ known, stamp }: NumbersReading): void {
    this.#known = known;
    this.#stamp = stamp;
    for (const issuer of known.keys()) this.#unconfirmed.delete(issuer);
  }

  /** To be called before the first list of an issuer is put in force. Throws ERR_IDENTITY_LIST_UNCONFIRMED or _LIST_OLDER. */
  check(list: Pick<RevocationList, "issuer" | "issuerName" | "number">): void {
    if (!this.#isRequired) {
      if (!this.#known.has(list.issuer)) this.#unconfirmed.add(list.issuer);
      return;
    }
    try {
      checkFirstList(list, this.#known);
    } catch (error) {
      this.#refusedAt ??= this.#stamp;
      throw error;
    }
  }

  /** Returns the numbers that the identity folders may note. An unconfirmed list is left out, so that it cannot vouch for itself. */
  notable(numbers: ListNumbers): ListNumbers {
    return new Map([...numbers].filter(([issuer]) => !this.#unconfirmed.has(issuer)));
  }

  /** Finds the CAs whose newest list may not be in force. */
  doubts({ roots, intermediates }: ListTrust, revocations: Revocations): readonly RevocationDoubt[] {
    return [...roots, ...intermediates].flatMap((authority): RevocationDoubt[] => {
      const fingerprint = keyFingerprintOf(authority);
      const issuer = describeName(authority.subject);
      const present = revocations.listOf(fingerprint)?.number;
      const number = present === undefined ? null : String(present);
      const known = this.#known.get(fingerprint) ?? 0n;
      if (known > (present ?? 0n)) return [{ kind: "lost", issuer, number, known: String(known) }];
      if (present !== undefined) {
        return this.#unconfirmed.has(fingerprint) ? [{ kind: "unconfirmed", issuer, number, known: null }] : [];
      }
      return this.#isRequired ? [{ kind: "missing", issuer, number, known: null }] : [];
    });
  }

  /** Says, once, that a folder has changed since a list was refused: the list may be accepted now. */
  handleStamp(stamp: string): boolean {
    if (this.#refusedAt === undefined || stamp === this.#refusedAt) return false;
    this.#refusedAt = undefined;
    return true;
  }
}
