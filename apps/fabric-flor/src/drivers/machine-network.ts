import type { DeviceProfile } from "@florenetes/facts";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** Tables of routes as the process sees them: a sandbox that hides /proc (ProcSubset=pid of the unit) leaves these. */
const TABLES = "/proc/self/net";
const DEVICES = "/sys/class/net";
/** Bytes of a table that are read. The default route of IPv4 stands first; a router has millions of others. */
const TABLE_SIZE_MAX = 262_144;
const FILE_SIZE_MAX = 4_096;
/** Flags of a route: it is up, and refuses packets (linux/route.h). */
const [RTF_UP, RTF_REJECT] = [0x0001, 0x0200];
/** The type of a device with Ethernet's headers (linux/if_arp.h). */
const ARPHRD_ETHER = "1";

/**
 * The kind of network that the default route of this machine leads over: that of IPv4, or else of IPv6; the one with the least metric. Wi-Fi and modems are what the kernel calls so, and wired is any other
 * device with Ethernet's headers. Others (tunnels, PPP) do not say what carries them.
 *
 * @param tables The folder of `route` and `ipv6_route`
 * @param devices The folder of network devices, as sysfs has it
 */
export function machineNetwork(tables: string = TABLES, devices: string = DEVICES): DeviceProfile["network"] {
  const device = defaultDevice(routesOfIpv4(tables)) ?? defaultDevice(routesOfIpv6(tables));
  if (device === undefined) return "none";
  const folder = join(devices, device);
  const kind = /^DEVTYPE=(.*)$/m.exec(readText(join(folder, "uevent")))?.[1];
  if (kind === "wlan" || existsSync(join(folder, "phy80211")) || existsSync(join(folder, "wireless"))) return "wifi";
  if (kind === "wwan") return "cellular";
  return readText(join(folder, "type")).trim() === ARPHRD_ETHER ? "wired" : "unknown";
}

interface Route {
  readonly device: string;
  readonly flags: number;
  readonly metric: number;
}

function defaultDevice(routes: readonly Route[]): string | undefined {
  const usable = routes.filter(({ flags }) => (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0);
  return usable.toSorted((a, b) => a.metric - b.metric)[0]?.device;
}

/** Default routes of /proc/net/route: device, destination, gateway, flags, two counts, metric, mask. */
function routesOfIpv4(tables: string): readonly Route[] {
  return linesOf(join(tables, "route")).flatMap((words) => {
    const [device = "", destination, , flags = "", , , metric = "", mask] = words;
    const isDefault = destination === "00000000" && mask === "00000000";
    return isDefault ? [{ device, flags: Number.parseInt(flags, 16), metric: Number(metric) }] : [];
  });
}

/** Default routes of /proc/net/ipv6_route: destination, its prefix, source, its prefix, next hop, metric, two counts, flags, device. */
function routesOfIpv6(tables: string): readonly Route[] {
  return linesOf(join(tables, "ipv6_route")).flatMap((words) => {
    const [destination, prefix, , , , metric = "", , , flags = "", device = ""] = words;
    const isDefault = destination === "0".repeat(32) && prefix === "00";
    return isDefault ? [{ device, flags: Number.parseInt(flags, 16), metric: Number.parseInt(metric, 16) }] : [];
  });
}

function linesOf(file: string): readonly string[][] {
  return readText(file, TABLE_SIZE_MAX)
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
}

/** The beginning of a file; "": it cannot be read. */
function readText(file: string, sizeMax = FILE_SIZE_MAX): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const bytes = Buffer.allocUnsafe(sizeMax);
    let size = 0;
    // The kernel gives a few pages at a time.
    for (let read = -1; read !== 0 && size < bytes.length; size += read)
      read = readSync(descriptor, bytes, size, bytes.length - size, null);
    return bytes.toString("latin1", 0, size);
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
