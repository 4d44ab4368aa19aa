/** The status file of update-flor, as far as it is one: its folder is root's, and nothing of it is believed. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { STATUS_SIZE_MAX } from "../agent/releases/limits.ts";
import { readUpdateStatus, type UpdateStatus } from "../agent/releases/update-status.ts";

/** Something that is another one where the file is; "": there is none. */
export function markOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}

/** The status that the file holds; "none": there is no such file; undefined: it is no status. */
export function readStatusFile(path: string): UpdateStatus | "none" | undefined {
  let descriptor: number | undefined;
  try {
    // A pipe would have the process wait for its other end.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > STATUS_SIZE_MAX) return undefined;
    const octets = Buffer.alloc(STATUS_SIZE_MAX);
    const length = readSync(descriptor, octets, 0, octets.length, 0);
    return readUpdateStatus(octets.toString("utf8", 0, length));
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? "none" : undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
