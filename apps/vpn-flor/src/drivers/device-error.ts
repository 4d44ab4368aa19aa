import { errnoName } from "@florenetes/native";
import { OperatorError } from "@florenetes/operator-text";

/** The error of a TUN device that cannot be had, or was taken away. */
export function deviceError(device: string, errno: number): OperatorError {
  return new OperatorError(
    "ERR_VPN_DEVICE",
    `the device ${device} cannot be had, or was taken away: ${errnoName(errno)}`,
    {
      advice: "The process needs CAP_NET_ADMIN and /dev/net/tun; nothing else may have a device of this name.",
    },
  );
}
