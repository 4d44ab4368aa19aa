import { createHash } from "node:crypto";
import { readUint32, writeUint32 } from "@florenetes/wire-values";
import type { IpNetwork } from "../packets/networks.ts";
import { ADDRESS_TRIES } from "./limits.ts";

/** The addresses of one client. */
export interface ClientAddresses {
  /** 4 bytes; undefined: the pool has no network of IPv4, or no address of it is left. */
  readonly v4: Uint8Array | undefined;
  /** 16 bytes. */
  readonly v6: Uint8Array | undefined;
  /** Whether another client had an address that is this principal's by right: at another egress it may have that one. */
  readonly isMoved: boolean;
}

/**
 * Addresses of clients out of a hash of their principal: each egress of a pool gives the same one without asking another. Two principals with one
 * hash meet in IPv4, where networks are small: the later one gets another address. Pure.
 */
export class AddressPool {
  readonly #pool: string;
  readonly #v4: IpNetwork | undefined;
  readonly #v6: IpNetwork | undefined;
  /** The keys (`keyOf`) of addresses that clients have. */
  readonly #takenV4 = new Set<number>();
  readonly #takenV6 = new Set<number>();

  /**
   * @param pool the pool's name: the same at all of its egresses, as the networks are
   * @param networks at most one of IPv4, of prefix 30 at most, and one of IPv6, of prefix 64 at most
   */
  constructor(pool: string, networks: readonly IpNetwork[]) {
    this.#pool = pool;
    this.#v4 = networks.find(({ version }) => version === 4);
    this.#v6 = networks.find(({ version }) => version === 6);
  }

  /** The egress' own addresses: the first of each network. */
  get own(): { readonly v4: Uint8Array | undefined; readonly v6: Uint8Array | undefined } {
    return { v4: this.#v4 && withLast(this.#v4, 1), v6: this.#v6 && withLast(this.#v6, 1) };
  }

  take(principal: string): ClientAddresses {
    const v4 = this.#take(this.#v4, this.#takenV4, principal);
    const v6 = this.#take(this.#v6, this.#takenV6, principal);
    return { v4: v4?.address, v6: v6?.address, isMoved: (v4?.tries ?? 0) > 0 || (v6?.tries ?? 0) > 0 };
  }

  give({ v4, v6 }: ClientAddresses): void {
    if (v4 !== undefined) this.#takenV4.delete(keyOf(v4));
    if (v6 !== undefined) this.#takenV6.delete(keyOf(v6));
  }

  #take(
    network: IpNetwork | undefined,
    taken: Set<number>,
    principal: string,
  ): { address: Uint8Array; tries: number } | undefined {
    if (network === undefined) return undefined;
    for (let tries = 0; tries < ADDRESS_TRIES; tries++) {
      const address = addressOf(network, this.#hash(principal, tries));
      if (address === undefined || taken.has(keyOf(address))) continue;
      taken.add(keyOf(address));
      return { address, tries };
    }
    return undefined;
  }

  #hash(principal: string, tries: number): Uint8Array {
    return createHash("sha256").update(`FLORENETES VPN ADDRESS\0${this.#pool}\0${principal}\0${tries}`).digest();
  }
}

/** The last four bytes of an address: no two clients share them, so that a table finds a client by them. */
export function keyOf(address: Uint8Array): number {
  return readUint32(address, address.length - 4);
}

/** An address of the network by a hash; undefined when the hash leads to one that clients cannot have. */
function addressOf({ version, bytes, prefix }: IpNetwork, hash: Uint8Array): Uint8Array | undefined {
  const address = Uint8Array.from(bytes, (byte, at) => {
    const fixed = Math.min(8, Math.max(0, prefix - at * 8));
    return byte | (hash[at]! & (0xff >> fixed));
  });
  const key = keyOf(address);
  const hosts = version === 4 ? 2 ** (32 - prefix) : 2 ** 32;
  const host = version === 4 ? key % hosts : key;
  // The network itself, the egress, and the address of all in a network of IPv4.
  return host <= 1 || host === hosts - 1 ? undefined : address;
}

function withLast({ bytes }: IpNetwork, host: number): Uint8Array {
  const address = Uint8Array.from(bytes);
  writeUint32(address, address.length - 4, readUint32(address, address.length - 4) + host);
  return address;
}
