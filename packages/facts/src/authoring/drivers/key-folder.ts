/**
 * The key of one operator on disk: a folder with the private key, the public one as a line that can be mailed, and the list of what was signed. Where a
 * program or a device holds the private key, the folder has the other two.
 */
import { createPrivateKey } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  isSealed,
  openSealed,
  readKeyFile,
  readTextFile,
  replaceFile,
  seal,
  withFolderLock,
  writeFolder,
} from "@florenetes/identity/authority";
import { OperatorError } from "@florenetes/operator-text";
import type { Fact } from "../../fact.ts";
import { isSignedBy, keyIdOf } from "../../keys.ts";
import { authoringError } from "../authoring-error.ts";
import { attachSignature, requireRoomFor, signedOctetsOf } from "../collected-signatures.ts";
import { SIGNED_LIST_SIZE_MAX } from "../limits.ts";
import { requireRecord } from "../proposal.ts";
import { SignedList } from "../signed-list.ts";
import {
  makeSigningKey,
  type PublicKey,
  readPublicKey,
  signingKeyOf,
  type SigningKey,
  writePublicKey,
} from "../signing-key.ts";

/** File names of a key folder. */
export const KEY_FILES = {
  key: "key.pem",
  publicKey: "key.pub",
  signed: "signed.jsonl",
  ignored: ".gitignore",
} as const;

/** Makes an Ed25519 signature on octets, in whatever way: 64 octets. */
export type MakeSignature = (octets: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Signed documents in JSON begin so: what is signed of a record begins otherwise. */
const JSON_BEGINNING = "{";

/** A key folder that is open. It signs records, never two that contradict each other, and documents in JSON, whose signatures are no record's. */
export class KeyFolder {
  readonly folder: string;
  readonly publicKey: PublicKey;
  readonly #signer: SigningKey | undefined;

  constructor(folder: string, publicKey: PublicKey, signer?: SigningKey) {
    this.folder = folder;
    this.publicKey = publicKey;
    this.#signer = signer;
  }

  /** SHA-256 of the raw public key, in lower-case hex. */
  get keyId(): string {
    return keyIdOf(this.publicKey.key);
  }

  /**
   * The octets of a record with a signature of this key. Throws ERR_FABRIC_SIGNED_OTHER, ERR_FABRIC_KEY_FOLDER when the private key is not in the
   * folder, and as `addSignature` does.
   */
  sign(octets: Uint8Array): Buffer<ArrayBuffer> {
    const fact = this.#requireSignable(octets);
    if (this.#signer === undefined) throw noPrivateKey(this.folder);
    return this.#release(fact, attachSignature(octets, this.publicKey.key, this.#signer.sign(signedOctetsOf(fact))));
  }

  /** Signs as `sign` does, with a private key that is elsewhere. The signature is verified. Throws what `make` throws, too. */
  async signBy(octets: Uint8Array, make: MakeSignature): Promise<Buffer<ArrayBuffer>> {
    const fact = this.#requireSignable(octets);
    return this.#release(fact, attachSignature(octets, this.publicKey.key, await make(signedOctetsOf(fact))));
  }

  /**
   * A signature on a document in JSON, as the metadata of a repository is one. Throws ERR_FABRIC_KEY_FOLDER when the private key is not in the folder,
   * and a RangeError for anything else.
   */
  signDocument(octets: Uint8Array): Uint8Array {
    requireDocument(octets);
    if (this.#signer === undefined) throw noPrivateKey(this.folder);
    return this.#signer.sign(octets);
  }

  /** Signs as `signDocument` does, with a private key that is elsewhere. Throws ERR_FABRIC_SIGNATURES when it is another one, and what `make` throws. */
  async signDocumentBy(octets: Uint8Array, make: MakeSignature): Promise<Uint8Array> {
    requireDocument(octets);
    const signature = await make(octets);
    if (isSignedBy(this.publicKey.key, octets, signature)) return signature;
    throw authoringError("ERR_FABRIC_SIGNATURES", "the signature is not this key's on this document");
  }

  #requireSignable(octets: Uint8Array): Fact {
    const fact = requireRecord(octets);
    requireRoomFor(fact, this.keyId);
    this.#readList().take(fact);
    return fact;
  }

  /** The list has the record, on disk, before the signature leaves. */
  #release(fact: Fact, signed: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    withFolderLock(this.folder, () => {
      const list = this.#readList();
      if (list.take(fact)) replaceFile(this.#listPath, list.format(), 0o600);
    });
    return signed;
  }

  #readList(): SignedList {
    const { text } = readTextFile(this.#listPath, SIGNED_LIST_SIZE_MAX);
    return inFile(this.#listPath, () => SignedList.parse(text));
  }

  get #listPath(): string {
    return join(this.folder, KEY_FILES.signed);
  }
}

/**
 * Makes a key in a new folder, sealed where a passphrase is given. Throws ERR_FABRIC_PUBLIC_KEY for what is no name, ERR_IDENTITY_PASSPHRASE,
 * ERR_IDENTITY_FOLDER_IN_USE, ERR_IDENTITY_WRITE_FAILED.
 */
export function createKeyFolder(folder: string, name: string, passphrase?: string): KeyFolder {
  const { privateKey, ...signer } = makeSigningKey(name);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const text = passphrase === undefined ? pem : seal(Buffer.from(pem), passphrase, "FABRIC KEY");
  return writeKeyFolder(folder, signer, [{ name: KEY_FILES.key, text, isSecret: true }], signer);
}

/** Makes the folder of a key whose private half is a program's or device's. Throws as `createKeyFolder` does. */
export function createPublicKeyFolder(folder: string, publicKey: PublicKey): KeyFolder {
  return writeKeyFolder(folder, publicKey, []);
}

function writeKeyFolder(
  folder: string,
  { name, key }: PublicKey,
  secrets: Parameters<typeof writeFolder>[1],
  signer?: SigningKey,
): KeyFolder {
  writeFolder(folder, [
    ...secrets,
    { name: KEY_FILES.publicKey, text: writePublicKey({ name, key }), isSecret: false },
    { name: KEY_FILES.signed, text: "", isSecret: true },
    // The whole folder stays out of a repository that it happens to lie in.
    { name: KEY_FILES.ignored, text: "*\n", isSecret: false },
  ]);
  return new KeyFolder(folder, { name, key }, signer);
}

/** Opens a key folder to sign with its private key. Throws ERR_FABRIC_KEY_FOLDER, ERR_FABRIC_KEY_SEALED, and what reading and opening throws. */
export function openKeyFolder(folder: string, passphrase?: string): KeyFolder {
  const publicKey = readPublicKeyFile(join(folder, KEY_FILES.publicKey));
  const path = join(folder, KEY_FILES.key);
  if (!existsSync(path)) throw noPrivateKey(folder);
  const pem = openText(readKeyFile(path), path, passphrase);
  const signer = inFile(path, () => signingKeyOf(publicKey.name, readPem(pem)));
  if (signer.key !== publicKey.key) {
    throw authoringError("ERR_FABRIC_KEY_FOLDER", `it is not the private key of ${KEY_FILES.publicKey}`, {
      file: path,
    });
  }
  return new KeyFolder(folder, publicKey, signer);
}

/** Opens a key folder to sign by `signBy` alone, whether it has a private key or not. */
export function openPublicKeyFolder(folder: string): KeyFolder {
  return new KeyFolder(folder, readPublicKeyFile(join(folder, KEY_FILES.publicKey)));
}

/** Says whether opening a key folder takes a passphrase. */
export function isKeyFolderSealed(folder: string): boolean {
  const path = join(folder, KEY_FILES.key);
  return existsSync(path) && isSealed(readKeyFile(path), "FABRIC KEY");
}

/** Whether there is a key in a folder: its own, not one of a folder below. */
export function isKeyFolder(folder: string): boolean {
  return existsSync(join(folder, KEY_FILES.publicKey));
}

/** Reads a public key that was mailed. Throws ERR_FABRIC_PUBLIC_KEY, ERR_IDENTITY_FILE_MISSING, ERR_IDENTITY_FILE_UNREADABLE. */
export function readPublicKeyFile(path: string): PublicKey {
  const { text } = readTextFile(path);
  return inFile(path, () => readPublicKey(text));
}

function openText(text: string, file: string, passphrase: string | undefined): string {
  if (!isSealed(text, "FABRIC KEY")) return text;
  if (passphrase === undefined) {
    throw authoringError("ERR_FABRIC_KEY_SEALED", "the key is sealed with a passphrase", { file });
  }
  return openSealed(text, passphrase, "FABRIC KEY").toString("utf8");
}

function readPem(pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    // The cause is left out: it could quote the file.
    throw authoringError("ERR_FABRIC_KEY_FOLDER", "no private key that can be read");
  }
}

function requireDocument(octets: Uint8Array): void {
  if (octets[0] !== JSON_BEGINNING.charCodeAt(0)) throw new RangeError("it is no document in JSON");
}

function noPrivateKey(folder: string): OperatorError {
  const message = `there is no ${KEY_FILES.key} in it: its private key is elsewhere`;
  return authoringError("ERR_FABRIC_KEY_FOLDER", message, { file: folder });
}

/** Adds the file to an error that does not name one. */
function inFile<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof OperatorError) || error.where !== undefined) throw error;
    const { code, message, advice, exitCode, cause } = error;
    throw new OperatorError(code, message, { advice, exitCode, cause, where: { file } });
  }
}
