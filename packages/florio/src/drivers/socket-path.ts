import { lstatSync, statSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
import { dirname, posix } from "node:path";
import {
  admitToSocket,
  errnoName,
  probeUnixDatagram,
  setSocketFile,
  type UnixDatagramSocket,
} from "@florenetes/native";
import { FlorioError } from "../errors.ts";
import { SOCKET_PATH_BYTES_MAX } from "../limits.ts";

const { EACCES, EADDRINUSE, ECONNREFUSED, ENOENT, ENOTDIR, EPERM, EROFS } = constants.errno;

/** Only owner and group may send. */
const SOCKET_MODE = 0o660;
/** A stale file may be replaced by another process between the probe and the second attempt. */
const BIND_ATTEMPTS_MAX = 3;

/** Checks both paths of a port, before anything else is done with them. */
export function checkPaths(bind: string, connect: string): void {
  checkPath("bind", bind);
  checkPath("connect", connect);
  if (bind === connect) {
    throw new FlorioError("ERR_FLORIO_PATH_INVALID", `bind and connect are the same path, ${bind}`);
  }
}

function checkPath(name: string, path: string): void {
  const size = Buffer.byteLength(path);
  if (size > SOCKET_PATH_BYTES_MAX) {
    throw new FlorioError(
      "ERR_FLORIO_PATH_TOO_LONG",
      `${name}: a Unix socket's path holds at most ${SOCKET_PATH_BYTES_MAX} bytes, and ${path} has ${size}`,
    );
  }
  // A sender is known by the path that it bound, letter by letter, so each path has only one spelling.
  if (!posix.isAbsolute(path) || posix.normalize(path) !== path || path.endsWith("/") || path.includes("\0")) {
    throw new FlorioError(
      "ERR_FLORIO_PATH_INVALID",
      `${name}: ${JSON.stringify(path)} must be an absolute path in its shortest form, as ${JSON.stringify(posix.resolve(path))}`,
    );
  }
}

/**
 * Binds the socket and opens it to the group. A file in the way is probed: unlinked when no process serves it, else an
 * error. Returns the inode number of the socket file.
 */
export function bindPath(socket: UnixDatagramSocket, path: string): bigint {
  for (let attempt = 1; ; attempt++) {
    const errno = socket.bind(path);
    if (errno === 0) break;
    if (errno !== EADDRINUSE || attempt === BIND_ATTEMPTS_MAX) throw bindError(path, errno);
    removeIfStale(path);
  }
  try {
    setSocketFile(path, SOCKET_MODE);
    return lstatSync(path, { bigint: true }).ino;
  } catch (cause) {
    throw new FlorioError("ERR_FLORIO_SOCKET", `${path} was bound, but its mode could not be set`, { cause });
  }
}

/**
 * Lets the partner's user send to our socket when it is another user: the owner of the folder of the partner's socket
 * counts as the partner, and need have no group in common with us. Root needs no permission.
 */
export function admitPartner(path: string, partner: string): void {
  try {
    const { uid } = statSync(dirname(partner));
    if (uid !== 0 && uid !== process.geteuid!()) admitToSocket(path, uid);
  } catch {
    // The partner reports that it has no permission, and its owner mends the cause.
  }
}

/** The inode number of what is at the path, or undefined. */
export function inodeAt(path: string): bigint | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Removes our own socket file, unless another process has put its own there meanwhile. */
export function unlinkOwn(path: string, inode: bigint): void {
  try {
    if (inodeAt(path) === inode) unlinkSync(path);
  } catch {
    // The directory is gone or was closed to us: nothing is left to tidy up.
  }
}

function removeIfStale(path: string): void {
  const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (before === undefined) return;
  // Connecting to a plain file is "refused" too: only a socket is ever unlinked.
  if (!before.isSocket()) {
    throw new FlorioError("ERR_FLORIO_NOT_A_SOCKET", `${path} exists and is not a socket`);
  }
  const errno = probeUnixDatagram(path);
  if (errno === ENOENT) return;
  if (errno !== ECONNREFUSED) throw inUseError(path, errno);
  // Another starting process may have found the same and be a step ahead: its fresh socket is not the file we probed.
  if (inodeAt(path) !== before.ino) return;
  try {
    unlinkSync(path);
  } catch (cause) {
    throw new FlorioError("ERR_FLORIO_PERMISSION", `${path} is left over from a dead process and cannot be removed`, {
      cause,
    });
  }
}

function inUseError(path: string, errno: number): FlorioError {
  if (errno === EACCES) {
    return new FlorioError("ERR_FLORIO_PERMISSION", `${path} exists and belongs to another user`);
  }
  return new FlorioError("ERR_FLORIO_SOCKET_IN_USE", `a living process has bound ${path}`);
}

function bindError(path: string, errno: number): FlorioError {
  const directory = dirname(path);
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return new FlorioError(
        "ERR_FLORIO_DIRECTORY_MISSING",
        `${path} cannot be bound: ${directory} is not a directory`,
      );
    case EACCES:
    case EPERM:
    case EROFS:
      return new FlorioError(
        "ERR_FLORIO_PERMISSION",
        `${path} cannot be bound (${errnoName(errno)}): this process may not write in ${directory}`,
      );
    default:
      return new FlorioError("ERR_FLORIO_SOCKET", `${path} cannot be bound: ${errnoName(errno)}`);
  }
}
