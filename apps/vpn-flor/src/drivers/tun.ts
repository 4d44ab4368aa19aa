import { constants } from "node:os";
import { errnoName, TunDevice } from "@florenetes/native";
import { OperatorError } from "@florenetes/operator-text";
import { VPN_MACHINE_ERRORS, type VpnMachineErrorCode } from "../machine/machine-errors.ts";

/**
 * Makes vpn-flor's device, as `TunDevice.open` does.
 *
 * @throws OperatorError `ERR_VPN_DEVICE_TAKEN`, `ERR_VPN_DEVICE`
 * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
 */
export function openTun(name: string, onPackets: (count: number) => void, onEnd: (errno: number) => void): TunDevice {
  const device = TunDevice.open(name, onPackets, onEnd);
  if (typeof device !== "number") return device;
  if (device === constants.errno.EBUSY) throw refusal("ERR_VPN_DEVICE_TAKEN", `there is a device ${name} already`);
  throw refusal("ERR_VPN_DEVICE", `the TUN device ${name} cannot be made: ${errnoName(device)}`);
}

/** Calls for each packet of a wake, with a view that is valid in the call alone. */
export function forEachPacket({ slab, lengths }: TunDevice, count: number, take: (packet: Uint8Array) => void): void {
  for (let i = 0, at = 0; i < count; i++) {
    const end = at + lengths[i]!;
    take(slab.subarray(at, end));
    at = end;
  }
}

/** The error of a device that was taken away while it was in use. */
export function lostDevice(name: string, errno: number): OperatorError {
  return refusal("ERR_VPN_DEVICE_LOST", `the TUN device ${name} was taken away: ${errnoName(errno)}`);
}

function refusal(code: VpnMachineErrorCode, message: string): OperatorError {
  return new OperatorError(code, message, { advice: VPN_MACHINE_ERRORS[code].advice });
}
