/** A request that waits for its answer: `request/` in the identity folder, with the key and the certificate request. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type KeyAlgorithm, makeKey } from "../../ca/authority.ts";
import { readCertificate } from "../../../certificates/certificate.ts";
import { keyFingerprintOf } from "../../../certificates/certificate-id.ts";
import { principalOf } from "../../../certificates/chain.ts";
import { readCertificatePem } from "../../../certificates/pem.ts";
import { IDENTITY_FILES, inFile } from "../../../credentials.ts";
import { readPrivateKey, writePrivateKey } from "../../../private-key.ts";
import { type NewFile, readKeyOctets, readTextFile, syncFolder, writeFolder } from "../../../drivers/files.ts";
import { currentFile, readIdentityFiles } from "../../../drivers/identity-files.ts";
import { asOwnerOf } from "../../../drivers/folder-owner.ts";
import { finishReplacement, makeFolder, removeLeftOvers, writing } from "../../../drivers/replace-files.ts";
import { IdentityError } from "../../../errors.ts";
import { formatPrincipal, parsePrincipal, type Principal } from "../../../principal.ts";
import { type CertificateRequest, readRequest, writeRequest } from "../request.ts";

/** Names of the request's folder and its files, of the folder while it is being written, and of one that was replaced. */
const REQUEST_FOLDER = "request";
const REQUEST_FILES = { key: "key.pem", request: "request.pem" } as const;
const NEXT_REQUEST = ".request-next";
const OLD_REQUEST = ".request-old-";

export interface PendingRequest extends CertificateRequest {
  readonly file: string;
  /** The private key. */
  readonly keyPem: Uint8Array;
}

/** A request that was just written. */
export interface WrittenRequest {
  readonly principal: Principal;
  /** The file for the CA. */
  readonly file: string;
  /** SHA-256 of the public key, lower-case hex: `flor ca sign` shows the same. */
  readonly keyFingerprint: string;
}

export interface RequestOptions {
  /** The algorithm of a new key; default `p256`, or that of the key before. */
  readonly algorithm?: KeyAlgorithm;
  /** Replaces a pending request, whose answer will be of no use then. */
  readonly isReplacing?: boolean;
}

export interface RenewalOptions extends RequestOptions {
  readonly isKeepingKey?: boolean;
}

/**
 * Makes a key for a principal whose identity will be in this folder, and a request for its certificate. Throws
 * ERR_IDENTITY_PRINCIPAL_SYNTAX, _FOLDER_IN_USE when there is an identity already, _REQUEST_PENDING, _FOLDER_OWNER or _WRITE_FAILED.
 */
export function requestIdentity(folder: string, wanted: Principal, options: RequestOptions = {}): WrittenRequest {
  const principal = parsePrincipal(formatPrincipal(wanted));
  makeFolder(folder);
  return asOwnerOf(folder, (owned) => {
    if (existsSync(currentFile(owned, IDENTITY_FILES.chain))) {
      const message = "there is an identity in it: `flor identity renew` asks for its next certificate";
      throw new IdentityError("ERR_IDENTITY_FOLDER_IN_USE", message, { where: { file: folder } });
    }
    return writePending(owned, principal, readPrivateKey(makeKey(options.algorithm).pem), options);
  });
}

/**
 * Makes a request for the next certificate of the identity in the folder, which may have ended, with a new key or the
 * same one. Throws as `requestIdentity` does, or for broken files of the identity.
 */
export function renewIdentity(folder: string, options: RenewalOptions = {}): WrittenRequest {
  return asOwnerOf(folder, (owned) => writeRenewal(owned, options));
}

function writeRenewal(folder: string, options: RenewalOptions): WrittenRequest {
  const { key, chain, fileOf } = readIdentityFiles(folder);
  const principal = inFile(fileOf("chain"), () => principalOf(readCertificate(readCertificatePem(chain)[0]!)));
  const before = inFile(fileOf("key"), () => readPrivateKey(key));
  const algorithm = options.algorithm ?? (before.asymmetricKeyType === "ed25519" ? "ed25519" : "p256");
  const next = options.isKeepingKey === true ? before : readPrivateKey(makeKey(algorithm).pem);
  return writePending(folder, principal, next, options);
}

/** Reads a request that came to the CA. Throws ERR_IDENTITY_FILE_MISSING, _FILE_UNREADABLE, or as `readRequest` does. */
export function readRequestFile(file: string): CertificateRequest {
  return inFile(file, () => readRequest(readTextFile(file).text));
}

/** Returns the request that waits in a folder, if there is one. Throws when its files are broken. */
export function readPending(folder: string): PendingRequest | undefined {
  const pending = join(folder, REQUEST_FOLDER);
  if (!existsSync(pending)) return undefined;
  const keyFile = join(pending, REQUEST_FILES.key);
  const requestFile = join(pending, REQUEST_FILES.request);
  const keyPem = readKeyOctets(keyFile);
  inFile(keyFile, () => readPrivateKey(keyPem));
  return { ...readRequestFile(requestFile), file: requestFile, keyPem };
}

/** The request in a folder that a chain answers. Throws ERR_IDENTITY_BUNDLE_KEY: there is none, or it has another key. */
export function requireAnswered(folder: string, chain: string): PendingRequest {
  const pending = readPending(folder);
  const keyHash = keyFingerprintOf(readCertificate(readCertificatePem(chain)[0]!));
  if (pending?.keyFingerprint === keyHash) return pending;
  throw new IdentityError("ERR_IDENTITY_BUNDLE_KEY", "the answer is not for the key of the request");
}

/** Removes the request whose key the identity has now. */
export function removeAnswered(folder: string): void {
  const pending = join(folder, REQUEST_FOLDER);
  const keyFile = join(pending, REQUEST_FILES.key);
  // A removal that a crash cut short may have begun with the key.
  if (existsSync(keyFile) && !isSameKey(keyFile, currentFile(folder, IDENTITY_FILES.key))) return;
  rmSync(pending, { recursive: true, force: true });
}

function writePending(folder: string, principal: Principal, key: KeyObject, options: RequestOptions): WrittenRequest {
  finishReplacement(folder, removeAnswered);
  const pending = join(folder, REQUEST_FOLDER);
  if (existsSync(pending) && options.isReplacing !== true) throw alreadyPending(pending);
  const next = join(folder, NEXT_REQUEST);
  const files: NewFile[] = [
    { name: REQUEST_FILES.key, text: writePrivateKey(key), isSecret: true },
    { name: REQUEST_FILES.request, text: writeRequest(principal, key), isSecret: false },
  ];
  writing(folder, () => {
    removeLeftOvers(folder);
    writeFolder(next, files);
    // The former request is moved away only when the new one is whole.
    if (existsSync(pending)) renameSync(pending, mkdtempSync(join(folder, OLD_REQUEST)));
    renameSync(next, pending);
    syncFolder(folder);
    removeLeftOvers(folder);
  });
  const publicKeyInfo = createPublicKey(key).export({ type: "spki", format: "der" });
  return { principal, file: join(pending, REQUEST_FILES.request), keyFingerprint: keyFingerprintOf({ publicKeyInfo }) };
}

function alreadyPending(pending: string): IdentityError {
  const message = "a request is pending already";
  return new IdentityError("ERR_IDENTITY_REQUEST_PENDING", message, { where: { file: pending } });
}

function isSameKey(...files: readonly [string, string]): boolean {
  try {
    const [a, b] = files.map((file) => writePrivateKey(readPrivateKey(readKeyOctets(file))));
    return a === b;
  } catch (error) {
    // The pending request stays, and reading it reports the error.
    if (error instanceof IdentityError) return false;
    throw error;
  }
}
