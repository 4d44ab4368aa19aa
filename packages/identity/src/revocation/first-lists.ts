/**
 * Decides which list of a CA may be the first in force in a process that remembers none, by what its identity folders know; and knows which
 * lists in force are in doubt.
 */
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { describeName } from "../certificates/description.ts";
import type { IdentityError } from "../errors.ts";
import { checkFirstList, type ListNumbers } from "./list-numbers.ts";
import type { ListTrust } from "./list-trust.ts";
import type { RevocationDoubt } from "./revocation-event.ts";
import type { RevocationList, Revocations } from "./revocations.ts";

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
  /** Issuers whose first list was taken though nothing vouched for it. */
  readonly #unconfirmed = new Set<string>();
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
    for (const issuer of known.keys()) this.#unconfirmed.delete(issuer);
  }

  /** To be asked before the first list of an issuer is put in force. Throws ERR_IDENTITY_LIST_UNCONFIRMED or _LIST_OLDER. */
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

  /** Numbers that the identity folders may note: what nothing has vouched for vouches for nothing. */
  notable(numbers: ListNumbers): ListNumbers {
    return new Map([...numbers].filter(([issuer]) => !this.#unconfirmed.has(issuer)));
  }

  /** The CAs of whose newest list it is not certain that it is in force. */
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

  /** Says, once, that somebody has written into a folder since a list was refused: it may be taken now. */
  handleStamp(stamp: string): boolean {
    if (this.#refusedAt === undefined || stamp === this.#refusedAt) return false;
    this.#refusedAt = undefined;
    return true;
  }
}
