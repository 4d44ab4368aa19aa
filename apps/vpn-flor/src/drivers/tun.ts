import { constants } from "node:os";
import { errnoName, TunDevice } from "@florenetes/native";
import { OperatorError } from "@florenetes/operator-text";
import { PIECE_HEADER_SIZE, Segments } from "@florenetes/segments";
import { PACKET_LEAD, PacketDatagram, type PieceCutter } from "../connect-ip/datagram.ts";
import { VPN_MACHINE_ERRORS, type VpnMachineErrorCode } from "../machine/machine-errors.ts";

/**
 * Makes vpn-flor's device, as `TunDevice.open` does.
 *
 * @param segments cuts and joins its pieces; undefined: it has packets
 * @throws OperatorError `ERR_VPN_DEVICE_TAKEN`, `ERR_VPN_DEVICE`
 * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
 */
export function openTun(
  name: string,
  segments: Segments | undefined,
  onPieces: (count: number) => void,
  onEnd: (errno: number) => void,
): TunDevice {
  const device = TunDevice.open(name, segments !== undefined, onPieces, onEnd);
  if (typeof device !== "number") return device;
  if (device === constants.errno.EBUSY) throw refusal("ERR_VPN_DEVICE_TAKEN", `there is a device ${name} already`);
  throw refusal("ERR_VPN_DEVICE", `the TUN device ${name} cannot be made: ${errnoName(device)}`);
}

/** Calls for each piece of a wake, with a view that is valid in the call alone. */
export function forEachPiece({ slab, lengths }: TunDevice, count: number, take: (piece: Uint8Array) => void): void {
  for (let i = 0, at = 0; i < count; i++) {
    const end = at + lengths[i]!;
    take(slab.subarray(at, end));
    at = end;
  }
}

/** Cuts and joins segments of TCP; undefined: the native add-on is not there, and each packet goes through the device by itself. */
export function openSegments(): Segments | undefined {
  return Segments.open(PACKET_LEAD);
}

/** Makes datagrams of what the device hands out. */
export function cutterOf(segments: Segments | undefined): PieceCutter {
  if (segments === undefined) return new PacketDatagram();
  return { headerSize: PIECE_HEADER_SIZE, cut: (piece) => segments.cut(piece) };
}

/** The error of a device that was taken away while it was in use. */
export function lostDevice(name: string, errno: number): OperatorError {
  return refusal("ERR_VPN_DEVICE_LOST", `the TUN device ${name} was taken away: ${errnoName(errno)}`);
}

function refusal(code: VpnMachineErrorCode, message: string): OperatorError {
  return new OperatorError(code, message, { advice: VPN_MACHINE_ERRORS[code].advice });
}
