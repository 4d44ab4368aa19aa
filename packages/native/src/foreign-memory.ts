import { addon } from "./addon.ts";
import { NativeError } from "./errors.ts";

interface ForeignMemoryPart {
  weigh(owner: object, bytes: number): boolean;
}

/**
 * Has V8 count memory of native code that an object holds, in addition to what it was told before, until the object is collected: so it is collected
 * in time once nobody needs it. V8 begins to look for what it can collect when 64 MiB have come since it last did. The weight takes no memory
 * but that of a finalizer.
 *
 * @param bytes less than 2^32
 * @throws NativeError `ERR_NATIVE_…`
 */
export function weigh(owner: object, bytes: number): void {
  if ((addon() as ForeignMemoryPart).weigh(owner, bytes)) return;
  throw new NativeError("ERR_NATIVE_REFUSED", `V8 was not told that ${bytes} bytes are held`);
}
