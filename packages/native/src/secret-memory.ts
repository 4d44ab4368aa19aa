import { addon } from "./addon.ts";
import { NativeError } from "./errors.ts";

interface SecretMemoryPart {
  secretMemory(size: number): ArrayBuffer | undefined;
}

/**
 * Zeros for a secret, at least one byte, in pages of their own: outside of V8's heap and of malloc's, not in core dumps, locked into memory where
 * the limit allows (mlock(2)), and zeroed when the last view of them is collected.
 *
 * @throws NativeError `ERR_NATIVE_…`
 */
export function secretMemory(size: number): Uint8Array<ArrayBuffer> {
  const buffer = (addon() as SecretMemoryPart).secretMemory(size);
  if (buffer !== undefined) return new Uint8Array(buffer);
  throw new NativeError("ERR_NATIVE_REFUSED", `no ${size} bytes of memory for a secret could be had`);
}
