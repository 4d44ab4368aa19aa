/** Connections at a time: programs of this machine, each with a few. */
export const GATEWAY_CONNECTIONS_MAX = 128;
/** Files that are written or read at a time, and lists. A file has some shards in memory, a list all names of its folder, with their sizes; whoever comes beyond waits. */
export const FILES_AT_ONCE = 8;
/** Octets of a file that is posted: packs have 128 MiB at most, unless somebody changes restic. */
export const FILE_SIZE_MAX = 268_435_456;
/** Octets of a path. */
export const RESTIC_PATH_MAX = 512;
/** Shards that were read in part, kept for the next part of them: 64 MiB. */
export const SHARDS_KEPT = 16;
/** A part of a file that has more shards than these is read without keeping them: nobody asks for it again soon. */
export const SHARDS_OF_A_PART = 2;
/** Entries of files are kept for so long, and so many of them: files of these folders never change. */
export const FOUND_KEPT_MS = 30_000;
export const FOUND_KEPT = 1_024;
/** A program that neither sends nor takes anything of a file for so long is left. restic may be busy with a disk meanwhile. */
export const STILL_MS = 300_000;
/** Octets of the file with the password. */
export const PASSWORD_FILE_MAX = 1_024;
