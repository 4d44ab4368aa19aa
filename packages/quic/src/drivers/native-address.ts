import type { QuicAddress } from "../engine.ts";

/** An address as the caller gave it, and as the binding reads it: `fe80::1%eth0` has a zone there that it cannot parse. */
export interface KnownAddress {
  readonly given: QuicAddress;
  readonly native: QuicAddress;
}

/** Without the zone of a link-local address (RFC 4007, 11), which only the socket needs. */
export function nativeAddress(address: QuicAddress): QuicAddress {
  const zone = address.host.indexOf("%");
  return zone < 0 ? address : { host: address.host.slice(0, zone), port: address.port };
}

export function isSameAddress(a: QuicAddress, b: QuicAddress): boolean {
  return a === b || (a.port === b.port && a.host === b.host);
}
