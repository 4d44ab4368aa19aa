import { addon } from "./addon.ts";

interface ProgramPagesPart {
  releaseProgramPages(): number;
}

/**
 * Takes the code and the constants of the program and of its libraries out of the process's memory, madvise(2) with MADV_DONTNEED. They stay in the
 * system's cache of files, from which each page that is used again comes back, at about a microsecond for 16 pages, and which the system may
 * drop. Segments that are writable, or that the loader has changed, stay as they are.
 *
 * A debugger's breakpoints in them are lost, as they are written into the pages.
 *
 * @returns octets of the segments that were released, present in memory or not
 */
export function releaseProgramPages(): number {
  return (addon() as ProgramPagesPart).releaseProgramPages();
}
