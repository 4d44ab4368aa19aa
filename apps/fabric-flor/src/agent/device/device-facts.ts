import type { DeviceProfile } from "@florenetes/facts";

/** Stands for a device of which nothing is known: whatever is missing is never good. */
export const UNKNOWN_DEVICE: DeviceProfile = { charging: false, network: "unknown", metered: true, foreground: false };
