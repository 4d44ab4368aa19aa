import { addon } from "./addon.ts";

/** A socket inside the add-on. */
declare const handleBrand: unique symbol;
interface Handle {
  readonly [handleBrand]: true;
}

interface UnixDatagramPart {
  /** A socket, or an errno. */
  unixOpen(partner: string, onDatagram: OnDatagram, onWritable: () => void, onDoubt: () => void): Handle | number;
  unixLook(socket: Handle, intervalMs: number): void;
  unixBind(socket: Handle, path: string): number;
  unixConnect(socket: Handle, path: string): number;
  unixSend(socket: Handle, datagram: Uint8Array): number;
  unixClose(socket: Handle): void;
  unixProbe(path: string): number;
}

/**
 * A datagram of the partner, in a buffer that is the callee's; null: of anybody else. It is cut at 65,536 bytes. Descriptors that come
 * with it are closed.
 */
export type OnDatagram = (datagram: Uint8Array | null) => void;

/** `send` returns it for a full socket: no errno is negative. */
export const SOCKET_FULL = -1;

/**
 * An `AF_UNIX`/`SOCK_DGRAM` socket (unix(7)), read in the event loop from the moment it is there. Methods return 0 or an errno, and may
 * be called from its callbacks. It keeps the process running until it is closed.
 */
export class UnixDatagramSocket {
  readonly #addon: UnixDatagramPart;
  #handle: Handle | undefined;

  private constructor(addon: UnixDatagramPart, handle: Handle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  /**
   * Returns an errno when the system has no socket for us.
   *
   * @param partner The path that the partner binds: what comes from any other, or from none, is told as null.
   * @param onWritable Called once after a `send` found the socket full, when there is room.
   * @param onDoubt Called when a look (`lookForPartner`) has found that nobody is connected to us by the partner's path.
   * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
   */
  static open(
    partner: string,
    onDatagram: OnDatagram,
    onWritable: () => void,
    onDoubt: () => void = () => {},
  ): UnixDatagramSocket | number {
    const part = addon() as UnixDatagramPart;
    const handle = part.unixOpen(partner, onDatagram, onWritable, onDoubt);
    return typeof handle === "number" ? handle : new UnixDatagramSocket(part, handle);
  }

  bind(path: string): number {
    return this.#addon.unixBind(this.#handle!, path);
  }

  connect(path: string): number {
    return this.#addon.unixConnect(this.#handle!, path);
  }

  /**
   * Looks again and again from now on whether a living socket is behind the partner's path that is connected, as it is to us when all
   * is well. The partner does not notice, nor does JavaScript before there is a doubt. 0: no more.
   */
  lookForPartner(intervalMs: number): void {
    this.#addon.unixLook(this.#handle!, intervalMs);
  }

  /** 0 sent; `SOCKET_FULL`: not sent, `onWritable` follows; else an errno. */
  send(datagram: Uint8Array): number {
    return this.#addon.unixSend(this.#handle!, datagram);
  }

  close(): void {
    if (this.#handle === undefined) return;
    this.#addon.unixClose(this.#handle);
    this.#handle = undefined;
  }
}

/** Whether a datagram socket is alive behind a path: 0 or EPERM (it is connected to another) when one is; else an errno. */
export function probeUnixDatagram(path: string): number {
  return (addon() as UnixDatagramPart).unixProbe(path);
}
