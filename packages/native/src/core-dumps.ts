import { addon } from "./addon.ts";
import { errnoName } from "./errno.ts";
import { NativeError } from "./errors.ts";

interface CoreDumpsPart {
  /** Returns 0 or an errno. */
  forbidCoreDumps(): number;
}

/**
 * From now on the process leaves no core dump, and no other process of its user can read its memory (prctl(2),
 * PR_SET_DUMPABLE; ptrace(2)): only one with CAP_SYS_PTRACE, as root's. Its files in /proc belong to root.
 *
 * @throws NativeError `ERR_NATIVE_…`
 */
export function forbidCoreDumps(): void {
  const errno = (addon() as CoreDumpsPart).forbidCoreDumps();
  if (errno === 0) return;
  throw new NativeError("ERR_NATIVE_REFUSED", `core dumps could not be switched off: ${errnoName(errno)}`);
}
