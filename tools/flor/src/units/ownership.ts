/**
 * Gives away trees of files that others may have prepared: symbolic links, other names of files elsewhere, folders that change under our
 * hands. Each file is opened by its name in a folder that is open already, without following a link, and from then on it is the opened file
 * that is looked at and changed (by its name in /proc/self/fd), wherever its path leads by now.
 */
import { chownSync, closeSync, constants, fstatSync, opendirSync, openSync, type Stats } from "node:fs";
import { DEPTH_MAX, ENTRIES_MAX } from "./limits.ts";

export interface Owner {
  readonly uid: number;
  /** Undefined: the group of each file stays. */
  readonly gid: number | undefined;
}

export interface TreeOutcome {
  /** How many files and folders have another owner now. */
  readonly moved: number;
  /** Files that should have one, and were left as they are, with the reason. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

/** open(2): a descriptor that only names a file. Opening a device in this way does nothing to it. */
const O_PATH = 0o10000000;

/**
 * Gives what users of `from` own in a tree to another one. A file that has names elsewhere, too, is left: who made them may have had no right
 * to the file itself. So are devices. A folder follows what is in it, so that a run which was interrupted
 * goes on from there. A tree that is not there, or is no folder, has nothing to give.
 */
export function giveTree(top: string, from: ReadonlySet<number>, to: Owner): TreeOutcome {
  let moved = 0;
  const left = walk(top, (file, stats) => {
    if (!from.has(stats.uid) || stats.uid === to.uid) return undefined;
    const reason = whyLeft(stats);
    if (reason !== undefined) return reason;
    try {
      chownSync(file, to.uid, to.gid ?? stats.gid);
    } catch (error) {
      // A file that nobody may change, or a file system that can only be read, holds up nothing else.
      return `it cannot be given away (${(error as NodeJS.ErrnoException).code})`;
    }
    moved++;
    return undefined;
  });
  return { moved, left };
}

/** Gives a socket of a user's to a group. Anything else in its place is left as it is. */
export function giveSocketToGroup(path: string, uid: number, gid: number): void {
  const fd = openNamed(Buffer.from(path));
  if (fd === undefined) return;
  try {
    const stats = fstatSync(fd);
    if (stats.isSocket() && stats.uid === uid && stats.nlink === 1) chownSync(`/proc/self/fd/${fd}`, uid, gid);
  } finally {
    closeSync(fd);
  }
}

/** The files and folders of a tree that another user than `uid` owns; symbolic links do not count. */
export function strangersIn(top: string, uid: number): readonly string[] {
  const reason = (_file: string, stats: Stats): string | undefined =>
    stats.uid === uid ? undefined : "another user's";
  return walk(top, reason).map(({ path }) => path);
}

function whyLeft(stats: Stats): string | undefined {
  if (stats.isDirectory()) return undefined;
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return "it is a device";
  return stats.nlink === 1 ? undefined : "it has another name elsewhere";
}

/** Looks at a file behind a descriptor's name; a text is the reason for which it is told. */
type Look = (file: string, stats: Stats) => string | undefined;

function walk(top: string, look: Look): TreeOutcome["left"] {
  const told: { path: string; reason: string }[] = [];
  let entries = 0;
  const visit = (at: Buffer, path: string, depth: number): void => {
    const fd = openNamed(at);
    if (fd === undefined) return;
    try {
      const stats = fstatSync(fd);
      const tell = (reason: string | undefined): void => {
        if (reason !== undefined) told.push({ path, reason });
      };
      if (++entries > ENTRIES_MAX) return entries === ENTRIES_MAX + 1 ? tell("there are too many files") : undefined;
      if (stats.isSymbolicLink() || (depth === 0 && !stats.isDirectory())) return;
      const self = `/proc/self/fd/${fd}`;
      if (stats.isDirectory()) {
        if (depth === DEPTH_MAX) return tell("it is too deep in other folders");
        for (const name of namesIn(self, () => entries <= ENTRIES_MAX)) {
          visit(Buffer.concat([Buffer.from(`${self}/`), name]), `${path}/${name.toString()}`, depth + 1);
        }
      }
      tell(look(self, stats));
    } finally {
      closeSync(fd);
    }
  };
  visit(Buffer.from(top), top, 0);
  return told;
}

/** The names in a folder, byte by byte as they are, while more are wanted: a folder may have more of them than there is memory. */
function* namesIn(folder: string, isWanted: () => boolean): Generator<Buffer> {
  const opened = opendirSync(folder, { encoding: "latin1" });
  try {
    for (let entry = opened.readSync(); entry !== null && isWanted(); entry = opened.readSync()) {
      yield Buffer.from(entry.name, "latin1");
    }
  } finally {
    opened.closeSync();
  }
}

/** Undefined: it is not there, or not any more. */
function openNamed(path: Buffer): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
