/**
 * The list numbers that an identity folder remembers: for each CA the number below which none of its lists is accepted. The
 * numbers vouch for lists when a process has no state folder: its first start and the loss of the folder look alike.
 *
 *     <SHA-256 of the CA's public key, 64 lower-case hexadecimal digits> <number>\n
 */
import { type Certificate, readCertificate } from "../certificates/certificate.ts";
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { readCertificatePem } from "../certificates/pem.ts";
import { IdentityError } from "../errors.ts";
import { LIST_NUMBER_SIZE_MAX } from "../limits.ts";
import type { RevocationList } from "./revocations.ts";

/** Numbers of lists, by issuer as in `CertificateId`. */
export type ListNumbers = ReadonlyMap<string, bigint>;

const NUMBER_DIGITS_MAX = String(2n ** BigInt(8 * LIST_NUMBER_SIZE_MAX)).length;
const linePattern = new RegExp(`^([0-9a-f]{64}) (0|[1-9][0-9]{0,${NUMBER_DIGITS_MAX - 1}})$`);

/** Throws ERR_IDENTITY_LIST_NUMBERS_BROKEN. */
export function parseListNumbers(text: string): ListNumbers {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw broken("its last line has no end");
  const numbers = new Map<string, bigint>();
  for (const [index, line] of lines.entries()) {
    const [, issuer, number] = linePattern.exec(line) ?? [];
    if (issuer === undefined || numbers.has(issuer))
      throw broken(`line ${index + 1} is none, or a second one of its CA`);
    numbers.set(issuer, BigInt(number!));
  }
  return numbers;
}

export function formatListNumbers(numbers: ListNumbers): string {
  return [...numbers].map(([issuer, number]) => `${issuer} ${number}\n`).join("");
}

/** Takes the highest number of each issuer: a number that is known never falls. */
export function mergeListNumbers(...all: readonly ListNumbers[]): ListNumbers {
  const merged = new Map<string, bigint>();
  for (const [issuer, number] of all.flatMap((numbers) => [...numbers])) {
    if (number >= (merged.get(issuer) ?? 0n)) merged.set(issuer, number);
  }
  return merged;
}

/** Allows any list of CAs that are met for the first time: none of their lists can have been forgotten. */
export function anyListOf(authorities: readonly Certificate[]): ListNumbers {
  return new Map(authorities.map((authority) => [keyFingerprintOf(authority), 0n]));
}

/** Allows any list of the CAs between root and leaf of one chain, but for those that stand in a former chain, too. */
export function anyListOfChain(chainPem: string, formerPem = ""): ListNumbers {
  const former = anyListOf(authoritiesOf(formerPem));
  return new Map([...anyListOf(authoritiesOf(chainPem))].filter(([issuer]) => !former.has(issuer)));
}

function authoritiesOf(chainPem: string): readonly Certificate[] {
  return chainPem === "" ? [] : readCertificatePem(chainPem).slice(1).map(readCertificate);
}

export function numbersOf(lists: Iterable<Pick<RevocationList, "issuer" | "number">>): ListNumbers {
  return new Map([...lists].map(({ issuer, number }) => [issuer, number]));
}

/**
 * Checks whether a list may be the first of its CA in force, where lists are required. Throws
 * ERR_IDENTITY_LIST_UNCONFIRMED when no number vouches for it, and _LIST_OLDER when a newer one was known here.
 */
export function checkFirstList(
  { issuer, issuerName, number }: Pick<RevocationList, "issuer" | "issuerName" | "number">,
  known: ListNumbers,
): void {
  const least = known.get(issuer);
  if (least === undefined) {
    const message = `nothing here tells whether list ${number} of ${issuerName} is its newest: this is a first start, or the memory of former lists is lost; compare it with the CA's, and say so with flor identity confirm-lists`;
    throw new IdentityError("ERR_IDENTITY_LIST_UNCONFIRMED", message);
  }
  if (number >= least) return;
  const message = `revocation list ${number} of ${issuerName} is refused: list ${least} was known here, and is lost`;
  throw new IdentityError("ERR_IDENTITY_LIST_OLDER", message);
}

function broken(why: string): IdentityError {
  return new IdentityError(
    "ERR_IDENTITY_LIST_NUMBERS_BROKEN",
    `the numbers of revocation lists cannot be read: ${why}`,
  );
}
