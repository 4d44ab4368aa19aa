/** A file of revocation lists: PEM blocks of lists, and of the CA certificates that lists of intermediate CAs need. */
import { readCertificate } from "../certificates/certificate.ts";
import { readPem, writeCertificatePem, writePem } from "../certificates/pem.ts";
import { IdentityError, type IdentityErrorCode } from "../errors.ts";
import { LISTS_MAX } from "../limits.ts";
import { verifyRevocationList, type VerifiedList } from "./list-issuer.ts";
import { readRevocationList } from "./revocation-list.ts";
import { SerialSet } from "./serial-set.ts";

/** What a thread is told to read a file by; plain values, which can be sent to one. */
export interface ListFileTask {
  readonly text: Uint8Array;
  readonly cluster: string;
  /** Certificates in DER. */
  readonly roots: readonly Uint8Array[];
  readonly intermediates: readonly Uint8Array[];
  readonly at: Date;
  /** It was in force before: its time has come, whatever the clock says now. */
  readonly isKept: boolean;
}

/** A list that was verified, in plain values. */
export interface FoundList extends Omit<VerifiedList, "serials"> {
  readonly slots: Uint8Array;
  readonly entries: number;
  /** A file with this list alone, and all that is needed to verify it but the root. */
  readonly text: Uint8Array;
}

/** A list that is not taken, or the whole file. */
export interface RefusedList {
  readonly code: IdentityErrorCode;
  readonly message: string;
  /** When its time comes, if that is all that it lacks. */
  readonly retryAt: Date | undefined;
}

export interface ListFileResult {
  readonly lists: readonly FoundList[];
  readonly refused: readonly RefusedList[];
}

/** Reads a file and verifies each of its lists, for itself. Never throws for what is in the file. */
export function readListFile(task: ListFileTask): ListFileResult {
  const lists: FoundList[] = [];
  const refused: RefusedList[] = [];
  const attempt = (action: () => void, retryAt: () => Date | undefined): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      const isEarly = error.code === "ERR_IDENTITY_LIST_NOT_YET_VALID";
      refused.push({ code: error.code, message: error.message, retryAt: isEarly ? retryAt() : undefined });
    }
  };
  attempt(
    () => {
      const blocks = readPem(new TextDecoder("latin1").decode(task.text), ["X509 CRL", "CERTIFICATE"]);
      if (blocks.length > LISTS_MAX) throw tooMany(blocks.length);
      const beside = blocks.filter(({ label }) => label === "CERTIFICATE").map(({ der }) => der);
      const trust = {
        cluster: task.cluster,
        roots: task.roots.map(readCertificate),
        intermediates: [...task.intermediates, ...beside].map(readCertificate),
      };
      for (const { label, der } of blocks) {
        if (label !== "X509 CRL") continue;
        let thisUpdate: Date | undefined;
        attempt(
          () => {
            const list = readRevocationList(der);
            ({ thisUpdate } = list);
            lists.push(toFound(verifyRevocationList(list, trust, task.at, task.isKept)));
          },
          () => thisUpdate,
        );
      }
      if (beside.length === blocks.length)
        throw new IdentityError("ERR_IDENTITY_PEM_BROKEN", "broken PEM: no X509 CRL in it");
    },
    () => undefined,
  );
  return { lists, refused };
}

/** What was found, as a list to look serial numbers up in. */
export function toRevocationList({ slots, entries, text: _text, ...list }: FoundList): VerifiedList {
  return { ...list, serials: new SerialSet(slots, entries) };
}

function toFound({ serials, ...list }: ReturnType<typeof verifyRevocationList>): FoundList {
  const text = `${writePem("X509 CRL", list.der)}${writeCertificatePem(...list.authorities)}`;
  return { ...list, slots: serials.slots, entries: serials.size, text: new TextEncoder().encode(text) };
}

function tooMany(count: number): IdentityError {
  return new IdentityError(
    "ERR_IDENTITY_CHAIN_LIMIT",
    `${count} lists and certificates in one file are more than ${LISTS_MAX}`,
  );
}
