import { readUint32 } from "@florenetes/wire-values";
import type { AdvertisedRange } from "../connect-ip/capsules.ts";
import { SHARDS } from "../flows/limits.ts";
import { PacketFlows } from "../flows/packet-flows.ts";
import { isAddressAt } from "../packets/addresses.ts";
import { type AddressPool, keyOf } from "./address-pool.ts";
import { EgressClient } from "./egress-client.ts";

export interface EgressClientsOptions {
  readonly pool: AddressPool;
  /** The ranges that clients are told. */
  readonly routes: readonly AdvertisedRange[];
  /** Clients at a time. */
  readonly max: number;
}

/** The clients of an egress, by principal and by address. A principal has one session: a new one takes the place of the one before. Pure. */
export class EgressClients {
  /** The traffic of clients that are not there any more. */
  readonly gone: PacketFlows = new PacketFlows(SHARDS);
  readonly #options: EgressClientsOptions;
  readonly #byPrincipal = new Map<string, EgressClient>();
  readonly #byV4 = new Map<number, EgressClient>();
  readonly #byV6 = new Map<number, EgressClient>();

  constructor(options: EgressClientsOptions) {
    this.#options = options;
  }

  /** Clients at a time. */
  get max(): number {
    return this.#options.max;
  }

  get size(): number {
    return this.#byPrincipal.size;
  }

  [Symbol.iterator](): MapIterator<EgressClient> {
    return this.#byPrincipal.values();
  }

  /**
   * Lets a principal in, whose client before has left.
   *
   * @returns "clients" when there are as many as there may be; "addresses" when the pool has none left
   */
  join(principal: string): EgressClient | "clients" | "addresses" {
    const { pool, routes, max } = this.#options;
    if (this.#byPrincipal.size >= max) return "clients";
    const addresses = pool.take(principal);
    if (addresses.v4 === undefined && addresses.v6 === undefined) return "addresses";
    const client = new EgressClient(principal, addresses, routes);
    this.#byPrincipal.set(principal, client);
    if (addresses.v4 !== undefined) this.#byV4.set(keyOf(addresses.v4), client);
    if (addresses.v6 !== undefined) this.#byV6.set(keyOf(addresses.v6), client);
    return client;
  }

  leave(client: EgressClient): void {
    const { principal, addresses } = client;
    if (this.#byPrincipal.get(principal) !== client) return;
    this.#byPrincipal.delete(principal);
    if (addresses.v4 !== undefined) this.#byV4.delete(keyOf(addresses.v4));
    if (addresses.v6 !== undefined) this.#byV6.delete(keyOf(addresses.v6));
    this.#options.pool.give(addresses);
    this.gone.absorb(client.flows);
  }

  /** The client with the address that stands in the bytes at an offset. */
  find(version: 4 | 6, bytes: Uint8Array, at: number): EgressClient | undefined {
    const client = version === 4 ? this.#byV4.get(readUint32(bytes, at)) : this.#byV6.get(readUint32(bytes, at + 12));
    const address = version === 4 ? client?.addresses.v4 : client?.addresses.v6;
    return address !== undefined && isAddressAt(address, bytes, at) ? client : undefined;
  }
}
