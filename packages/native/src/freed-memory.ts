import { addon } from "./addon.ts";

interface FreedMemoryPart {
  /** Returns 1 when the system got memory back. */
  returnFreedMemory(): number;
}

/**
 * Gives the system all whole pages that the process has freed (malloc_trim(3)). By itself the C library keeps those below any that is in use.
 *
 * @returns whether there were any
 */
export function returnFreedMemory(): boolean {
  return (addon() as FreedMemoryPart).returnFreedMemory() === 1;
}
