import { isIP, SocketAddress } from "node:net";

/** An IP address as the system writes it: `2001:db8::1` for `2001:DB8:0:0::1`. */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new SocketAddress({ address, family: "ipv6" }).address : address;
}
