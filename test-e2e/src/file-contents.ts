import { createCipheriv, createHash } from "node:crypto";
import { Readable } from "node:stream";

const CHUNK_SIZE = 65_536;

/** `size` bytes that look random and are the same every time: the key stream of AES-CTR under a fixed key. */
export function fileContents(size: number): Readable {
  return Readable.from(chunks(size), { objectMode: false });
}

/** SHA-256 of `fileContents(size)`, hexadecimal. */
export function fileDigest(size: number): string {
  const hash = createHash("sha256");
  for (const chunk of chunks(size)) hash.update(chunk);
  return hash.digest("hex");
}

function* chunks(size: number): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16, 9));
  const zeros = Buffer.alloc(CHUNK_SIZE);
  for (let left = size; left > 0; left -= CHUNK_SIZE) {
    yield cipher.update(left < CHUNK_SIZE ? zeros.subarray(0, left) : zeros);
  }
}
