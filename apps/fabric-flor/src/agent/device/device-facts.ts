import type { DeviceProfile } from "@florenetes/facts";

/** The device that a node runs on, as its profile tells others. */
export type DeviceFacts = DeviceProfile;

/** Stands for a device of which nothing is known: whatever is missing is never good. */
export const UNKNOWN_DEVICE: DeviceFacts = { charging: false, network: "unknown", metered: true, foreground: false };
