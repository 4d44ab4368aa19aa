import { constants } from "node:os";
import { addon } from "./addon.ts";
import { TUN_PACKETS_PER_WAKE, TUN_SLAB_BYTES } from "./limits.ts";

/** A device inside the add-on. */
declare const handleBrand: unique symbol;
interface Handle {
  readonly [handleBrand]: true;
}

interface TunDevicePart {
  /** A device, or an errno. */
  tunOpen(
    name: string,
    inPieces: boolean,
    slab: Uint8Array,
    lengths: Uint32Array,
    onPackets: (count: number) => void,
    onEnd: (errno: number) => void,
  ): Handle | number;
  tunWrite(device: Handle, packet: Uint8Array, start: number, end: number): number;
  tunClose(device: Handle): void;
}

/**
 * A TUN device of this process (Linux: Documentation/networking/tuntap.rst), read in the event loop from the moment it is there: whole IP
 * packets, IPv4 and IPv6, without a header before them; or in pieces. At first it is down and has no address. It keeps the process running until it is
 * closed, and is gone from the system then, or when the process is.
 *
 * A piece is a `struct virtio_net_hdr` (10 bytes, include/uapi/linux/virtio_net.h) and a packet, or the segments of a TCP connection as one packet of
 * up to 64 KiB. The device cuts none of them and leaves checksums unmade where the header says so; it takes as much.
 */
export class TunDevice {
  /** The packets of a wake, one behind the other from the first byte on. The next wake overwrites them. */
  readonly slab: Uint8Array;
  /** The lengths of these packets, in bytes. */
  readonly lengths: Uint32Array;
  readonly #addon: TunDevicePart;
  #handle: Handle | undefined;

  private constructor(part: TunDevicePart, slab: Uint8Array, lengths: Uint32Array) {
    this.#addon = part;
    this.slab = slab;
    this.lengths = lengths;
  }

  /**
   * Makes a device. Returns an errno when the system has none for us: EBUSY when there is anything of that name, also a persistent TUN
   * device, since addresses and routes of somebody else would be left on one; EPERM or EACCES without CAP_NET_ADMIN or without access to
   * /dev/net/tun; ENOENT or ENODEV where the kernel has no TUN; EINVAL for a name that no device can have; ENAMETOOLONG beyond 15 bytes.
   *
   * @param name The exact name: patterns (`tun%d`) are refused.
   * @param inPieces Whether it hands out and takes pieces.
   * @param onPackets Called once a wake: `count` packets, at most `TUN_PACKETS_PER_WAKE`, are in `slab`, their lengths in `lengths`.
   * @param onEnd Called once when the device was taken away (EBADFD, as with `ip link del`) or cannot be read; it is closed then.
   * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
   */
  static open(
    name: string,
    inPieces: boolean,
    onPackets: (count: number) => void,
    onEnd: (errno: number) => void,
  ): TunDevice | number {
    const part = addon() as TunDevicePart;
    const device = new TunDevice(part, new Uint8Array(TUN_SLAB_BYTES), new Uint32Array(TUN_PACKETS_PER_WAKE));
    const handle = part.tunOpen(name, inPieces, device.slab, device.lengths, onPackets, (errno) => {
      device.close();
      onEnd(errno);
    });
    if (typeof handle === "number") return handle;
    device.#handle = handle;
    return device;
  }

  /**
   * Hands the packet from `start` to `end` to the system. Returns 0 or an errno, and then the packet is lost: EIO when the device is down,
   * EINVAL for anything but IPv4 or IPv6, EAGAIN and ENOBUFS when the system has no room, EBADF when it is closed.
   */
  write(packet: Uint8Array, start: number = 0, end: number = packet.length): number {
    if (this.#handle === undefined) return constants.errno.EBADF;
    return this.#addon.tunWrite(this.#handle, packet, start, end);
  }

  close(): void {
    if (this.#handle === undefined) return;
    this.#addon.tunClose(this.#handle);
    this.#handle = undefined;
  }
}
