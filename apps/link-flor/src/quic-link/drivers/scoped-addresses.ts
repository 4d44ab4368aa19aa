import { SCOPED_ADDRESSES_MAX } from "../limits.ts";
import { canonicalAddress } from "./canonical-address.ts";

/** Remembers the interface that each link-local address (RFC 4007) was last seen with: QUIC knows addresses without interfaces. */
export class ScopedAddresses {
  readonly #scopes = new Map<string, string>();

  /** The address alone, as the system writes it. Its scope is remembered: `fe80::1` for `fe80::1%eth0`. */
  take(host: string): string {
    const at = host.indexOf("%");
    if (at < 0) return host;
    const address = canonicalAddress(host.slice(0, at));
    if (this.#scopes.size < SCOPED_ADDRESSES_MAX || this.#scopes.has(address)) {
      this.#scopes.set(address, host.slice(at + 1));
    }
    return address;
  }

  /** The interface of an address, by name or number; undefined where it has none. */
  scopeOf(address: string): string | undefined {
    return this.#scopes.size === 0 ? undefined : this.#scopes.get(address);
  }
}
