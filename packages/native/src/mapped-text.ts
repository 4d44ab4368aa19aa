import { addon } from "./addon.ts";
import { errnoName } from "./errno.ts";
import { NativeError } from "./errors.ts";

interface MappedTextPart {
  /** Returns the text, or an errno. */
  mapText(file: string): string | number;
}

/**
 * Reads a file as text whose octets stay in the file (mmap(2)), one for each character: parts that nobody looks at take no memory, and processes share the
 * others. Nobody may write into the file while the text is in use, or make it shorter; another file may take its name.
 *
 * @throws NativeError `ERR_NATIVE_…`
 */
export function mapText(file: string): string {
  const result = (addon() as MappedTextPart).mapText(file);
  if (typeof result === "string") return result;
  throw new NativeError("ERR_NATIVE_REFUSED", `${file} could not be mapped: ${errnoName(result)}`);
}
