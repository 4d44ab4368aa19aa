/**
 * Gives away trees of files that others may have prepared, with symbolic links, with other names of files elsewhere, or by changes meanwhile.
 * Each file is opened by its name in a folder that is open already, without following a link. From then on the opened file itself is looked
 * at and changed, by its name in /proc/self/fd, wherever its path leads by now.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  type Stats,
} from "node:fs";
import { DEPTH_MAX, ENTRIES_MAX } from "./limits.ts";

export interface Owner {
  readonly uid: number;
  /** The group; undefined: each file keeps its own. */
  readonly gid: number | undefined;
}

export interface TreeOutcome {
  /** Number of files and folders that have another owner now. */
  readonly moved: number;
  /** Files that should have another owner but were left as they are, with the reason. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
}

/** open(2): a descriptor that only names a file. Opening a device in this way does nothing to it. */
const O_PATH = 0o10000000;

/**
 * Gives the files of users of `from` in a tree to another owner. A file with further names is left as it is: their maker may have had no
 * right to the file itself. Devices are left, too. A folder comes after its content, so that a run goes on where an earlier one was
 * interrupted. Nothing happens if the tree does not exist, or is no folder.
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
      // An immutable file, or a read-only file system, holds up nothing else.
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

/**
 * Makes a folder in a folder of a user's, who may have put something else there: whatever is not that user's own folder, or root's, stays as
 * it is. Returns whether the folder is as it should be.
 */
export function makeFolderIn(path: string, { uid, gid, mode }: Owner & { readonly mode: number }): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const fd = openNamed(Buffer.from(path));
  if (fd === undefined) return false;
  try {
    const stats = fstatSync(fd);
    if (!stats.isDirectory() || (stats.uid !== uid && stats.uid !== 0)) return false;
    const self = `/proc/self/fd/${fd}`;
    chownSync(self, uid, gid ?? stats.gid);
    chmodSync(self, mode);
    return true;
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

/** Looks at a file by a descriptor's name. Returns the reason for which the file is reported, if there is one. */
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

/** Yields the names in a folder, as bytes, while more are wanted: a folder may have more names than memory can hold. */
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

/** Opens a file to name it; undefined: the file does not exist, or not any more. */
function openNamed(path: Buffer): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
