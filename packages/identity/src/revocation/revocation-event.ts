/** All that is told of revocation lists: log lines, and `status`. */
import type { IdentityErrorCode } from "../errors.ts";
import type { RevocationList, RevocationPolicy } from "./revocations.ts";

/** A log line. */
export interface RevocationEvent {
  readonly level: "info" | "warn" | "error";
  readonly code:
    | "REVOCATION_LOADED"
    | "REVOCATION_UNCHANGED"
    | "REVOCATION_REFUSED"
    | "REVOCATION_EXPIRED"
    | "REVOCATION_MISSING"
    | "REVOCATION_FILE_REMOVED"
    | "REVOCATION_DROPPED"
    | "REVOCATION_NOT_KEPT";
  readonly text: string;
  /** The file that it is about. */
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

/** `status` shows this. Times are ISO 8601. */
export interface RevocationStatus {
  /** `required`: a certificate whose issuer has given no list is refused. */
  readonly mode: "optional" | "required";
  readonly graceMs: number;
  readonly lists: readonly RevocationListStatus[];
  /** The lists that the last look at each file refused. */
  readonly refused: readonly RevocationRefusal[];
}

export interface RevocationListStatus {
  readonly issuer: string;
  readonly number: string;
  readonly entries: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly isExpired: boolean;
  /** True: the state folder has it, so that it binds after a restart. */
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
