/**
 * Tokens: each lets one new node ask an issuer for the first certificate of one principal, once. A token is a secret, and says where the
 * issuer is and by which root the node knows it. Performs no I/O.
 */
import { hash, randomBytes } from "node:crypto";
import { IdentityError } from "../../errors.ts";
import { formatPrincipal, parsePrincipal, type Principal } from "../../principal.ts";

export interface EnrollmentToken {
  readonly principal: Principal;
  /** The issuer's address, as `tcp://192.0.2.10:4434`. */
  readonly issuer: string;
  /** SHA-256 of the root's certificate in DER, lower-case hex. */
  readonly rootFingerprint: string;
  /** 16 random octets. */
  readonly secret: Uint8Array;
}

const BEGINNING = "flor-enroll-";
const FINGERPRINT_SIZE = 32;
const SECRET_SIZE = 16;
const CHECK_SIZE = 4;
const HEAD_SIZE = CHECK_SIZE + FINGERPRINT_SIZE + SECRET_SIZE;
/** Characters: a principal and an address have a few hundred at most. */
const TEXT_SIZE_MAX = 2_048;
const FORM = /^flor-enroll-([A-Za-z0-9_-]+)$/;

/** Draws the secret of a new token. */
export function makeEnrollmentToken(token: Omit<EnrollmentToken, "secret">): EnrollmentToken {
  return { ...token, secret: randomBytes(SECRET_SIZE) };
}

/** The id by which a CA folder has a token. */
export function tokenIdOf(secret: Uint8Array): string {
  return hash("sha256", Buffer.concat([Buffer.from("FLORENETES ENROLLMENT\0"), secret]), "hex");
}

/** A token as its bearer has it: a check, the root's fingerprint, the secret, principal and address, in base64url. */
export function writeTokenText({ principal, issuer, rootFingerprint, secret }: EnrollmentToken): string {
  const place = Buffer.from(`${formatPrincipal(principal)} ${issuer}`);
  const content = Buffer.concat([Buffer.from(rootFingerprint, "hex"), secret, place]);
  return `${BEGINNING}${Buffer.concat([checkOf(content), content]).toString("base64url")}`;
}

/** Reads the text of a token, with white space around it; undefined for any other text, and for one with a typing error. */
export function readTokenText(text: string): EnrollmentToken | undefined {
  const [, digits = ""] = FORM.exec(text.trim()) ?? [];
  if (digits.length > TEXT_SIZE_MAX) return undefined;
  const octets = Buffer.from(digits, "base64url");
  const content = octets.subarray(CHECK_SIZE);
  if (octets.length <= HEAD_SIZE || !checkOf(content).equals(octets.subarray(0, CHECK_SIZE))) return undefined;
  const place = content.subarray(FINGERPRINT_SIZE + SECRET_SIZE).toString();
  const [, uri = "", issuer = ""] = /^(\S+) (\S+)$/.exec(place) ?? [];
  const principal = readPrincipal(uri);
  if (principal === undefined) return undefined;
  return {
    principal,
    issuer,
    rootFingerprint: content.subarray(0, FINGERPRINT_SIZE).toString("hex"),
    secret: Uint8Array.from(content.subarray(FINGERPRINT_SIZE, FINGERPRINT_SIZE + SECRET_SIZE)),
  };
}

/** Whether a text is meant to be a token, in order or not. */
export function isTokenText(text: string): boolean {
  return text.trim().startsWith(BEGINNING);
}

function readPrincipal(uri: string): Principal | undefined {
  try {
    return parsePrincipal(uri);
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

/** The first octets of SHA-256: whoever mistypes a letter is told at once. */
function checkOf(content: Uint8Array): Buffer {
  return hash("sha256", content, "buffer").subarray(0, CHECK_SIZE);
}
