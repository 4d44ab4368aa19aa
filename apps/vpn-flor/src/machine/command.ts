import { formatAddress } from "../packets/addresses.ts";

/** A program that is run on the machine, without a shell. */
export interface Command {
  readonly program: "ip" | "nft" | "resolvectl";
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /**
   * The failure that means that the machine is already as the command would have it: `exists` for what is added, `absent` for what is
   * removed. Without it every failure counts.
   */
  readonly settled?: "exists" | "absent";
}

/** Networks of IPv4 and of IPv6 have rules and tables of their own. */
export type Family = 4 | 6;

/** An address of a device, and how many leading bits of it are its network's. */
export interface DeviceAddress {
  readonly address: string;
  readonly prefix: number;
}

/**
 * How IPv6 stands on a machine: `absent` where the kernel has none; `off` where new devices get none (`disable_ipv6`), and other devices
 * may have it.
 */
export type Ipv6State = "on" | "off" | "absent";

/** Addresses of a device, each without a network around it. */
export function deviceAddresses(addresses: readonly Uint8Array[]): DeviceAddress[] {
  return addresses.map((address) => ({ address: formatAddress(address), prefix: address.length * 8 }));
}

/** The family of an address or a network as text. */
export function familyOf(text: string): Family {
  return text.includes(":") ? 6 : 4;
}

/** The one spelling of an address that the kernel has (RFC 5952). */
export function spelledAddress(address: string): string {
  return familyOf(address) === 4 ? address : new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** `ip` for one family. */
export function ipCommand(family: Family, ...args: readonly string[]): Command {
  return { program: "ip", args: [`-${family}`, ...args] };
}

/** Commands that give a device its MTU and addresses, and switch it on. Addresses that it had before are taken from it. */
export function deviceCommands(device: string, mtu: number, addresses: readonly DeviceAddress[]): Command[] {
  return [
    upCommand(device, mtu),
    { program: "ip", args: ["address", "flush", "dev", device, "scope", "global"] },
    ...addresses.map(({ address, prefix }) => {
      const family = familyOf(address);
      // No neighbour on the device could have the address, and without a probe for one it can be used at once.
      const noProbe = family === 6 ? ["nodad"] : [];
      return ipCommand(family, "address", "replace", `${address}/${prefix}`, "dev", device, ...noProbe);
    }),
  ];
}

export function upCommand(device: string, mtu: number): Command {
  return { program: "ip", args: ["link", "set", "dev", device, "mtu", String(mtu), "up"] };
}
