import { getSystemErrorName } from "node:util";
import { addon } from "./addon.ts";

interface SocketFilePart {
  setSocketFile(path: string, uid: number, gid: number, mode: number): number;
  admitToSocket(path: string, uid: number): number;
}

/** Numbers as chown(2) takes them. */
export interface SocketOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Sets mode and owner of the file of a Unix socket that this process has bound. Links are not followed, and nothing but a socket of this
 * process's user is touched, so that whoever may write in its folder gains nothing by putting another file there.
 *
 * @throws Node's kind of system error (`code`, `errno`, `syscall`, `path`): `ENOTSOCK` for what is no socket (a link, too), `EPERM` for what
 * is not ours or may not be given away
 */
export function setSocketFile(path: string, mode: number, { uid = -1, gid = -1 }: SocketOwner = {}): void {
  const errno = (addon() as SocketFilePart).setSocketFile(path, uid, gid, mode);
  if (errno !== 0) throw systemError(errno, "fchmodat", path, `mode and owner of ${path} could not be set`);
}

/**
 * Lets one more user, by number, speak to a Unix socket that this process has bound, beside its owner and its group (a POSIX access list).
 * Links are not followed, and nothing but a socket of this process's user is touched.
 *
 * @throws Node's kind of system error, as `setSocketFile` does; `EOPNOTSUPP` where the file system has no access lists
 */
export function admitToSocket(path: string, uid: number): void {
  const errno = (addon() as SocketFilePart).admitToSocket(path, uid);
  if (errno !== 0) throw systemError(errno, "setxattr", path, `user ${uid} could not be let in to ${path}`);
}

function systemError(errno: number, syscall: string, path: string, message: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  const error: NodeJS.ErrnoException = new Error(`${code}: ${message}`);
  return Object.assign(error, { code, errno: -errno, syscall, path });
}
