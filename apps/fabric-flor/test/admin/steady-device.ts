import type { DeviceStatus } from "../../src/admin/device-status.ts";

/** A machine with a cable, which is always on. */
export const STEADY_DEVICE: DeviceStatus = {
  battery: null,
  charging: true,
  network: "wired",
  metered: false,
  foreground: true,
  command: null,
};
