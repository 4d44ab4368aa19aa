import { addon } from "./addon.ts";

interface BootClockPart {
  bootMilliseconds(): number;
}

/**
 * Milliseconds since the machine was started, with those in which it was suspended (clock_gettime(2), CLOCK_BOOTTIME). Each process of
 * the machine reads the same clock. `os.uptime()` is not enough: it reads /proc/uptime, which some containers replace.
 */
export function bootMilliseconds(): number {
  return (addon() as BootClockPart).bootMilliseconds();
}
