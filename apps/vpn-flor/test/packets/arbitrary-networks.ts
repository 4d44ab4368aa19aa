import * as fc from "fast-check";
import type { IpNetwork, IpVersion } from "../../src/packets/networks.ts";

/** Networks of few addresses in a small part of the room, so that they often touch, overlap and hold each other. */
function networkOf(version: IpVersion): fc.Arbitrary<IpNetwork> {
  const size = version === 4 ? 4 : 16;
  const small = fc.tuple(fc.nat(255), fc.integer({ min: size * 8 - 8, max: size * 8 }));
  const wide = fc.tuple(fc.nat(255), fc.integer({ min: 0, max: size * 8 }));
  return fc.oneof({ weight: 8, arbitrary: small }, { weight: 1, arbitrary: wide }).map(([value, prefix]) => {
    const bytes = new Uint8Array(size);
    bytes[0] = 10;
    bytes[size - 1] = value;
    for (let bit = prefix; bit < size * 8; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
    return { version, bytes, prefix };
  });
}

export const anyNetwork: fc.Arbitrary<IpNetwork> = fc.oneof(networkOf(4), networkOf(6));
export const anyNetworks: fc.Arbitrary<IpNetwork[]> = fc.array(anyNetwork, { maxLength: 12 });

/** Whether a network has an address, bit by bit. */
export function holds({ bytes, prefix }: IpNetwork, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  const bitsOf = (of: Uint8Array): string => Array.from(of, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return bitsOf(bytes).slice(0, prefix) === bitsOf(address).slice(0, prefix);
}
