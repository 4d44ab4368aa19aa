/** The log lines and the `status` of revocation lists. */
import type { IdentityErrorCode } from "../errors.ts";
import type { ExpiryState } from "../expiry/expiry.ts";
import type { RevocationList, RevocationPolicy } from "./revocations.ts";

/** A log line. */
export interface RevocationEvent {
  readonly level: "info" | "warn" | "error";
  readonly code:
    | "REVOCATION_LOADED"
    | "REVOCATION_UNCHANGED"
    | "REVOCATION_REFUSED"
    | "REVOCATION_EXPIRES_SOON"
    | "REVOCATION_EXPIRED"
    | "REVOCATION_DOUBTED"
    | "REVOCATION_MISSING"
    | "REVOCATION_FILE_REMOVED"
    | "REVOCATION_DROPPED"
    | "REVOCATION_NOT_KEPT";
  readonly text: string;
  /** The file of the list. */
  readonly file?: string;
  /** Name of the CA whose list it is, the list's number, and how many certificates it names. */
  readonly issuer?: string;
  readonly number?: string;
  readonly entries?: number;
  /** ISO 8601. */
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
  /** Code of the IdentityError. */
  readonly reason?: string;
}

/** The revocation lists in `status`. Times are ISO 8601. */
export interface RevocationStatus {
  /** `required`: a certificate is refused when its issuer has given no list, or one that ended longer than `graceMs` ago. */
  readonly mode: "optional" | "required";
  readonly graceMs: number;
  readonly lists: readonly RevocationListStatus[];
  /** The lists that the last look at each file refused. */
  readonly refused: readonly RevocationRefusal[];
  /** The trusted CAs whose newest list may not be in force. */
  readonly doubts: readonly RevocationDoubt[];
}

/**
 * A doubt about one CA. `lost`: `known` is the number of a list that was known here, and the list in force, if any, is
 * older. `unconfirmed`: nothing here vouches for the list in force. `missing`: a list is required, and none is in
 * force. `number` is that of the list in force.
 */
export interface RevocationDoubt {
  readonly kind: "lost" | "unconfirmed" | "missing";
  /** Name of the CA. */
  readonly issuer: string;
  readonly number: string | null;
  readonly known: string | null;
}

export interface RevocationListStatus {
  readonly issuer: string;
  readonly number: string;
  readonly entries: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly isExpired: boolean;
  /** `expires-soon` by the rule for certificates: `expiry-warning` before its end, at most a third of its life. */
  readonly state: ExpiryState;
  /** True: the state folder has the list, so that it binds after a restart. */
  readonly isKept: boolean;
}

export interface RevocationRefusal {
  readonly file: string;
  readonly code: IdentityErrorCode;
  readonly text: string;
  readonly at: string;
}

/** The fields of an event that say which list it is about. */
export function describeList(
  list: RevocationList,
): Required<Pick<RevocationEvent, "issuer" | "number" | "entries" | "thisUpdate" | "nextUpdate">> {
  return {
    issuer: list.issuerName,
    number: String(list.number),
    entries: list.serials.size,
    thisUpdate: list.thisUpdate.toISOString(),
    nextUpdate: list.nextUpdate.toISOString(),
  };
}

export function modeOf({ isRequired }: RevocationPolicy): RevocationStatus["mode"] {
  return isRequired ? "required" : "optional";
}
