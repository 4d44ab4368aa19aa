import { addon } from "./addon.ts";

interface FreedMemoryPart {
  /** Returns 1 when the system got memory back. */
  returnFreedMemory(): number;
}

/**
 * Gives the system all whole pages that the process has freed (malloc_trim(3)). By itself the C library keeps those below any that is in use. From then on
 * each arena gives back what is free at its end, beyond 256 KiB: threads that compile code leave a megabyte there, time and again.
 *
 * @returns whether there were any
 */
export function returnFreedMemory(): boolean {
  return (addon() as FreedMemoryPart).returnFreedMemory() === 1;
}
