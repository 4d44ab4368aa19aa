import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { machineNetwork } from "../../src/drivers/machine-network.ts";

const root = mkdtempSync(join(tmpdir(), "florenetes-network-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const v4 = (device: string, metric = 0, flags = "0003", destination = "00000000"): string =>
  `${device}\t${destination}\t010200C0\t${flags}\t0\t0\t${metric}\t00000000\t0\t0\t0   \n`;
const v6 = (device: string, metric: string, flags = "00000003", prefix = "00"): string =>
  `${"0".repeat(32)} ${prefix} ${"0".repeat(32)} 00 fd${"0".repeat(29)}1 ${metric} 00000003 00000000 ${flags} ${device.padStart(8)}\n`;

/** The network of a machine with these tables of routes, and devices as sysfs has them. */
function networkWith(route: string, ipv6Route: string): string {
  const [tables, devices] = [mkdtempSync(join(root, "t")), mkdtempSync(join(root, "d"))];
  writeFileSync(join(tables, "route"), HEAD + route);
  writeFileSync(join(tables, "ipv6_route"), ipv6Route);
  const device = (name: string, type: string, kind = "", part = ""): void => {
    mkdirSync(join(devices, name, part), { recursive: true });
    writeFileSync(join(devices, name, "type"), `${type}\n`);
    writeFileSync(join(devices, name, "uevent"), `${kind && `DEVTYPE=${kind}\n`}INTERFACE=${name}\nIFINDEX=4\n`);
  };
  device("eth0", "1");
  device("br0", "1", "bridge");
  device("wlan0", "1", "wlan");
  device("wlan1", "1", "", "phy80211");
  device("wlan2", "1", "", "wireless");
  device("wwan0", "65534", "wwan");
  device("usb0", "1", "wwan");
  device("tun0", "65534");
  device("ppp0", "512", "ppp");
  return machineNetwork(tables, devices);
}

test.each([
  ["a cable", "wired", v4("eth0"), ""],
  ["a bridge of cables", "wired", v4("br0"), ""],
  ["Wi-Fi", "wifi", v4("wlan0"), ""],
  ["Wi-Fi of a driver that says so by its radio", "wifi", v4("wlan1"), ""],
  ["Wi-Fi of an old driver", "wifi", v4("wlan2"), ""],
  ["a modem", "cellular", v4("wwan0"), ""],
  ["a modem with Ethernet's headers", "cellular", v4("usb0"), ""],
  ["a tunnel, which does not say what carries it", "unknown", v4("tun0"), ""],
  ["PPP, which does not either", "unknown", v4("ppp0"), ""],
  ["a device that is gone meanwhile", "unknown", v4("eth9"), ""],
  ["of two the one with the least metric", "wifi", v4("wwan0", 700) + v4("wlan0", 600) + v4("eth0", 1_024), ""],
  ["IPv4 before IPv6", "wifi", v4("wlan0", 600), v6("eth0", "00000400")],
  ["IPv6 where there is no IPv4", "wifi", "", v6("eth0", "00000400") + v6("wlan0", "00000100")],
  [
    "none: routes of networks alone",
    "none",
    v4("eth0", 0, "0003", "000200C0"),
    v6("eth0", "00000100", "00000001", "40"),
  ],
  ["none: a route that is down, and one that refuses", "none", v4("eth0", 0, "0002"), v6("lo", "ffffffff", "00200200")],
  ["none: tables that are none", "none", "eth0\n\n0 0 0\n", "00\n"],
])("the default route leads over %s", (_, network, route, ipv6Route) => {
  expect(networkWith(route, ipv6Route)).toBe(network);
});

test("a machine without tables has no network, and a table of millions is read in part", () => {
  expect(machineNetwork(join(root, "no"), join(root, "no"))).toBe("none");
  const many = v4("eth0", 0, "0003", "000200C0").repeat(100_000);
  expect(networkWith(v4("wlan0") + many, "")).toBe("wifi");
});

test("this machine's network has a word", () => {
  expect(["wired", "wifi", "cellular", "none", "unknown"]).toContain(machineNetwork());
});
