import { addon } from "./addon.ts";
import { errnoName } from "./errno.ts";
import { NativeError } from "./errors.ts";

interface MemoryFilePart {
  /** Returns a descriptor, or -errno. */
  openMemoryFile(): number;
}

/**
 * A file that lies in memory and has no name (memfd_create(2)). Others of the process can open it again as `/proc/self/fd/N`.
 *
 * @returns its descriptor, which is not inherited.
 * @throws NativeError `ERR_NATIVE_…`
 */
export function openMemoryFile(): number {
  const result = (addon() as MemoryFilePart).openMemoryFile();
  if (result >= 0) return result;
  throw new NativeError("ERR_NATIVE_REFUSED", `no file in memory could be made: ${errnoName(-result)}`);
}
