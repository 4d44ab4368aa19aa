/**
 * Files of age (https://age-encryption.org/v1), written and read as streams. Headers are those of the library; the payload is enciphered here, by the
 * ChaCha20-Poly1305 of Node, which does ten times as much in a second as one in JavaScript.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Decrypter, Encrypter } from "age-encryption";
import { sealingError } from "./errors.ts";
import { AGE_HEADER_SIZE_MAX } from "./limits.ts";

const CHUNK_SIZE = 65_536;
const TAG_SIZE = 16;
const NONCE_SIZE = 16;
const CIPHER = "chacha20-poly1305";
/** Begins the last line of a header; the line has a MAC of 43 characters behind it. */
const MAC_LINE = "\n--- ";

type Octets = AsyncIterable<Uint8Array>;

/** Seals octets for recipients, such as `age1…`. @throws OperatorError ERR_STORAGE_RECIPIENTS */
export async function* sealed(octets: Octets, recipients: readonly string[]): AsyncGenerator<Uint8Array> {
  const { header, key } = await newHeader(recipients);
  const nonce = randomBytes(NONCE_SIZE);
  yield Buffer.concat([header, nonce]);
  const payload = new PayloadNonce();
  const secret = payloadKey(key, nonce);
  for await (const { chunk, isLast } of inChunks(octets, CHUNK_SIZE)) {
    const cipher = createCipheriv(CIPHER, secret, payload.next(isLast), { authTagLength: TAG_SIZE });
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what was sealed for one of some identities, such as `AGE-SECRET-KEY-1…`. @throws OperatorError ERR_STORAGE_SEALED */
export async function* opened(octets: Octets, identities: readonly string[]): AsyncGenerator<Uint8Array> {
  const pieces = octets[Symbol.asyncIterator]();
  try {
    const { header, rest } = await readHeader(pieces);
    const secret = payloadKey(await readKey(header, identities), rest.subarray(0, NONCE_SIZE));
    const payload = new PayloadNonce();
    let isFirst = true;
    for await (const { chunk, isLast } of inChunks(
      following(rest.subarray(NONCE_SIZE), pieces),
      CHUNK_SIZE + TAG_SIZE,
    )) {
      const opened = openChunk(chunk, secret, payload.next(isLast));
      // Nothing but the first chunk may be empty: whoever cuts a file at a chunk would leave no other trace.
      if (opened === undefined || (opened.length === 0 && !isFirst)) throw notWhole();
      isFirst = false;
      yield opened;
    }
  } finally {
    await pieces.return?.();
  }
}

async function newHeader(recipients: readonly string[]): Promise<{ header: Uint8Array; key: Uint8Array }> {
  const encrypter = new Encrypter();
  let key: Uint8Array | undefined;
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient);
  } catch (error) {
    const message = `the record has a recipient that is none of age: ${(error as Error).message}`;
    throw sealingError("ERR_STORAGE_RECIPIENTS", message, error);
  }
  if (recipients.length === 0) throw sealingError("ERR_STORAGE_RECIPIENTS", "the record names no recipients");
  // A recipient that adds nothing to the header learns the file's key.
  encrypter.addRecipient({
    wrapFileKey: (fileKey) => {
      key = Uint8Array.from(fileKey);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  return { header: empty.subarray(0, empty.length - NONCE_SIZE - TAG_SIZE), key: key! };
}

async function readKey(header: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    const message = `it is not sealed for any of these identities (${(error as Error).message})`;
    throw sealingError("ERR_STORAGE_SEALED", message, error);
  }
}

/** Reads the header, and at least the nonce behind it. */
async function readHeader(pieces: AsyncIterator<Uint8Array>): Promise<{ header: Buffer; rest: Buffer }> {
  let read = Buffer.alloc(0);
  for (;;) {
    const line = read.indexOf(MAC_LINE);
    const end = line === -1 ? -1 : read.indexOf("\n", line + MAC_LINE.length);
    if (end !== -1 && read.length >= end + 1 + NONCE_SIZE)
      return { header: read.subarray(0, end + 1), rest: read.subarray(end + 1) };
    const next = await pieces.next();
    if (next.done === true || (end === -1 && read.length > AGE_HEADER_SIZE_MAX)) throw notWhole();
    read = Buffer.concat([read, next.value]);
  }
}

function payloadKey(key: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", key, nonce, "payload", 32));
}

function openChunk(chunk: Uint8Array, secret: Buffer, nonce: Uint8Array): Buffer | undefined {
  if (chunk.length < TAG_SIZE) return undefined;
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_SIZE });
  decipher.setAuthTag(chunk.subarray(chunk.length - TAG_SIZE));
  const plain = decipher.update(chunk.subarray(0, chunk.length - TAG_SIZE));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Nonces of chunks: 11 octets that count, and one that is 1 for the last chunk. */
class PayloadNonce {
  #count = 0;

  next(isLast: boolean): Uint8Array {
    const nonce = Buffer.alloc(12);
    nonce.writeUIntBE(this.#count++, 5, 6);
    nonce[11] = Number(isLast);
    return nonce;
  }
}

/** Cuts octets into chunks of one size; the last one may be shorter, and is empty only where there are no octets. */
async function* inChunks(octets: Octets, size: number): AsyncGenerator<{ chunk: Uint8Array; isLast: boolean }> {
  let room = Buffer.allocUnsafe(size);
  let length = 0;
  for await (const piece of octets) {
    for (let at = 0; at < piece.length;) {
      if (length === size) {
        yield { chunk: room, isLast: false };
        room = Buffer.allocUnsafe(size);
        length = 0;
      }
      const taken = piece.subarray(at, at + size - length);
      room.set(taken, length);
      length += taken.length;
      at += taken.length;
    }
  }
  yield { chunk: room.subarray(0, length), isLast: true };
}

async function* following(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): Octets {
  yield first;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

function notWhole(): Error {
  return sealingError("ERR_STORAGE_SEALED", "it is no age file, or not whole");
}
