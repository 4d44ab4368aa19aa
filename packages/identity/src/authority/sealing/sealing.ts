/**
 * Secrets sealed with a passphrase: scrypt (RFC 7914) makes a key of it, AES-256-GCM seals with the key. One armored block,
 * whose label says what is in it:
 *
 *      0        1        2     3     4 … 19   20 … 31   32 …          16 octets   32 octets
 *     ┌─────────┬────────┬─────┬─────┬────────┬─────────┬────────────┬───────────┬──────────┐
 *     │ version │ log2 N │  r  │  p  │  salt  │  nonce  │ ciphertext │ GCM's tag │ checksum │
 *     └─────────┴────────┴─────┴─────┴────────┴─────────┴────────────┴───────────┴──────────┘
 *
 * Label and header are authenticated as additional data. The checksum is SHA-256 of everything before it: it tells a
 * damaged file from a wrong passphrase without deriving a key. The checksum is no protection against attackers.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from "node:crypto";
import { isArmored, readArmor, writeArmor } from "@florenetes/operator-text";
import { IdentityError } from "../../errors.ts";
import {
  ARMORED_SIZE_MAX,
  PASSPHRASE_LENGTH_MAX,
  SEALING_COST,
  SEALING_COST_MAX,
  SEALING_COST_MIN,
} from "../../limits.ts";

/** The kinds of content of a sealed block. One kind is never taken for the other. */
export type SealedContent = "BUNDLE" | "CA KEY" | "FABRIC KEY";

const VERSION = 1;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const HEADER_LENGTH = 32;
const TAG_LENGTH = 16;
const CHECKSUM_LENGTH = 32;

/**
 * Seals octets; the result is ASCII text. Sealing, and each guess of the passphrase, takes about half a second and 128
 * MiB of memory. `cost` is log2 of scrypt's N. Throws ERR_IDENTITY_PASSPHRASE.
 */
export function seal(
  plain: Uint8Array,
  passphrase: string,
  content: SealedContent,
  cost: number = SEALING_COST,
): string {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const header = Buffer.concat([Buffer.of(VERSION, cost, BLOCK_SIZE, PARALLELIZATION), salt, nonce]);
  const cipher = createCipheriv("aes-256-gcm", deriveKey(passphrase, salt, cost), nonce);
  cipher.setAAD(additionalData(content, header));
  const sealed = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return writeArmor(labelOf(content), Buffer.concat([sealed, checksumOf(sealed)]));
}

/**
 * Opens what `seal` made. Throws ERR_IDENTITY_SEAL_BROKEN when the text is damaged or not sealed at all,
 * ERR_IDENTITY_VERSION, ERR_IDENTITY_PASSPHRASE_WRONG (also when somebody altered the text and mended the checksum),
 * and ERR_IDENTITY_PASSPHRASE. Time and memory are bounded, whatever the text says.
 */
export function openSealed(text: string, passphrase: string, content: SealedContent): Buffer<ArrayBuffer> {
  if (text.length > ARMORED_SIZE_MAX) throw broken(`it has ${text.length} characters`);
  const octets = readArmor(labelOf(content), text);
  if (octets === undefined) throw broken("it is not one whole block of text");
  if (octets.length < HEADER_LENGTH + TAG_LENGTH + CHECKSUM_LENGTH) throw broken("it is cut off");
  const sealed = octets.subarray(0, -CHECKSUM_LENGTH);
  if (!checksumOf(sealed).equals(octets.subarray(-CHECKSUM_LENGTH))) throw broken("its checksum does not agree");
  const header = sealed.subarray(0, HEADER_LENGTH);
  const cost = readCost(header);
  const key = deriveKey(passphrase, header.subarray(4, 20), cost);
  const decipher = createDecipheriv("aes-256-gcm", key, header.subarray(20));
  decipher.setAAD(additionalData(content, header));
  decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_LENGTH, -TAG_LENGTH)), decipher.final()]);
  } catch {
    throw new IdentityError("ERR_IDENTITY_PASSPHRASE_WRONG", "the passphrase does not open it");
  }
}

/** Says whether a text is meant to be a sealed block of that content; `openSealed` says whether it is in order. */
export function isSealed(text: string, content: SealedContent): boolean {
  return isArmored(labelOf(content), text);
}

/** Throws ERR_IDENTITY_PASSPHRASE when a passphrase is empty or of no use, for callers that have to know before they begin. */
export function checkPassphrase(passphrase: string): void {
  if (passphrase === "") throw new IdentityError("ERR_IDENTITY_PASSPHRASE", "the passphrase is empty");
  if (passphrase.length <= PASSPHRASE_LENGTH_MAX) return;
  throw new IdentityError("ERR_IDENTITY_PASSPHRASE", `the passphrase has ${passphrase.length} characters`);
}

function readCost(header: Uint8Array): number {
  const [found, cost, r, p] = header;
  if (found !== VERSION) {
    throw new IdentityError("ERR_IDENTITY_VERSION", `it is sealed in version ${found}, and this is version ${VERSION}`);
  }
  if (cost! < SEALING_COST_MIN || cost! > SEALING_COST_MAX || r !== BLOCK_SIZE || p !== PARALLELIZATION) {
    throw broken(`it asks for scrypt with N=2^${cost}, r=${r}, p=${p}`);
  }
  return cost!;
}

/** Normalized, since one keyboard sends "é" as one character and another as two. */
function deriveKey(passphrase: string, salt: Uint8Array, cost: number): Buffer {
  checkPassphrase(passphrase);
  const N = 2 ** cost;
  // OpenSSL needs a little more than the table itself.
  const maxmem = 128 * BLOCK_SIZE * (N + 16);
  return scryptSync(passphrase.normalize("NFC"), salt, 32, { N, r: BLOCK_SIZE, p: PARALLELIZATION, maxmem });
}

function additionalData(content: SealedContent, header: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(labelOf(content)), header]);
}

function checksumOf(octets: Uint8Array): Buffer {
  return createHash("sha256").update(octets).digest();
}

function labelOf(content: SealedContent): string {
  return `FLORENETES SEALED ${content}`;
}

function broken(message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_SEAL_BROKEN", `broken seal: ${message}`);
}
