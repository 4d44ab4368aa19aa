import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { fault, type Finding, OperatorError, warning } from "@florenetes/operator-text";
import { PEM_FILE_SIZE_MAX } from "../limits.ts";

/** Read permission, or any other, of everybody. */
const EVERYBODY = 0o007;

/** The certificate that a server shows its clients, with the CAs behind it, and its key: files in PEM. */
export interface ServerFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The codes by which a program's server says what is wrong with these files. */
export interface PemCodes {
  /** A file cannot be read, or is no regular file. */
  readonly file: string;
  /** Everybody may read the private key. */
  readonly exposed: string;
  /** TLS cannot use the content. */
  readonly tls: string;
}

/** The content of these files. */
export interface ServerPem {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads what a server of TLS shows its clients. A group may read the key, as systems let programs share one.
 *
 * @throws OperatorError with one of the codes
 */
export function readServerPem({ certificate, key }: ServerFiles, codes: PemCodes): ServerPem {
  const pem = { cert: readPem(certificate, codes), key: readPem(key, codes, true) };
  tryTls(certificate, codes, () => process.getBuiltinModule("node:tls").createSecureContext(pem));
  return pem;
}

/**
 * Reads the certificates of CAs.
 *
 * @throws OperatorError with one of the codes
 */
export function readCaPem(path: string, codes: PemCodes): string {
  const ca = readPem(path, codes);
  tryTls(path, codes, () => new (process.getBuiltinModule("node:crypto").X509Certificate)(ca));
  return ca;
}

/** How long a certificate that is shown to clients is valid. */
export interface CertificateTerm {
  readonly from: Date;
  readonly until: Date;
}

/** The term of the first certificate, which is the server's own. */
export function termOf({ cert }: Pick<ServerPem, "cert">): CertificateTerm {
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return { from: validFromDate, until: validToDate };
}

/** Whether a certificate is in the last sixth of its life, in which those of nodes are warned of as well. @param now Milliseconds since 1970 */
function endsSoon({ from, until }: CertificateTerm, now: number): boolean {
  return now >= until.getTime() - (until.getTime() - from.getTime()) / 6;
}

/** A server's certificate, in a program's status. */
export interface ServerCertificateStatus {
  readonly validUntil: string;
  readonly state: "valid" | "ending" | "ended";
}

/** @param now Milliseconds since 1970 */
export function serverCertificateStatus(term: CertificateTerm, now: number): ServerCertificateStatus {
  const state = now >= term.until.getTime() ? "ended" : endsSoon(term, now) ? "ending" : "valid";
  return { validUntil: term.until.toISOString(), state };
}

/** Says that a certificate has ended, or is about to. @param what names it: "the certificate of metrics at …" */
export function serverCertificateFindings(
  what: string,
  { state, validUntil }: ServerCertificateStatus,
): readonly Finding[] {
  const advice = "Put another one into its file, and `reload`.";
  if (state === "ended") return [fault(`${what} ended at ${validUntil}`, advice)];
  return state === "ending" ? [warning(`${what} ends at ${validUntil}`, advice)] : [];
}

function readPem(path: string, codes: PemCodes, isSecret = false): string {
  let descriptor: number | undefined;
  try {
    // Not blocking: a named pipe in a file's place must not hold the process.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw fileFault(codes.file, path, "it is not a regular file", "Name a file in PEM.");
    if (stats.size > PEM_FILE_SIZE_MAX)
      throw fileFault(codes.file, path, `it has ${stats.size} bytes`, "Name a file in PEM.");
    if (isSecret && (stats.mode & EVERYBODY) !== 0)
      throw fileFault(codes.exposed, path, "everybody may use this private key", "Run chmod o-rwx on it.");
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { message } = error as Error;
    throw fileFault(codes.file, path, `it cannot be read: ${message}`, "Let the user of the process read it.");
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function tryTls(path: string, codes: PemCodes, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    const advice = "Name a certificate in PEM with its CAs behind it, and the key that it was made for.";
    throw fileFault(codes.tls, path, `TLS cannot use it: ${(error as Error).message}`, advice);
  }
}

function fileFault(code: string, file: string, message: string, advice: string): OperatorError {
  return new OperatorError(code, message, { advice, where: { file } });
}
