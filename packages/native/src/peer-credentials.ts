import type { Socket } from "node:net";
import { addon } from "./addon.ts";
import { descriptorOf } from "./socket-reading.ts";

interface PeerCredentialsPart {
  /** Process, user, group and further groups; or an errno. */
  peerCredentials(descriptor: number): readonly number[] | number;
}

/** The process that was at the other end of a Unix stream socket when the two were connected. */
export interface PeerCredentials {
  /** 0: it is in a PID namespace that this process does not see. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** All its groups, the first one among them. */
  readonly groups: readonly number[];
}

/**
 * Asks the system who is at the other end of a connected Unix stream socket (SO_PEERCRED and SO_PEERGROUPS, unix(7)). Undefined when it does not say: the
 * socket is closed, or of another kind.
 *
 * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
 */
export function peerCredentials(socket: Socket): PeerCredentials | undefined {
  const descriptor = descriptorOf(socket);
  const found = descriptor === undefined ? 0 : (addon() as PeerCredentialsPart).peerCredentials(descriptor);
  if (typeof found === "number") return undefined;
  const [pid, uid, gid, ...further] = found;
  return { pid: pid!, uid: uid!, gid: gid!, groups: [...new Set([gid!, ...further])] };
}
