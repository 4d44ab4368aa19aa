import { isIP } from "node:net";
import type { HostPort } from "./network-address.ts";

interface Taken<Owner> {
  readonly order: number;
  readonly owner: Owner;
}

interface TakenPort<Owner> {
  readonly hosts: Map<string, Taken<Owner>>;
  first: Taken<Owner> | undefined;
  /** The first that no IPv6 address has. */
  firstBesideIpv6: Taken<Owner> | undefined;
}

/** Addresses that are listened on over one protocol, and whoever does. Of many, each is found at once. */
export class ListenPlaces<Owner> {
  readonly #ports = new Map<number, TakenPort<Owner>>();
  #count = 0;

  /** Takes a place; returns the first owner who keeps this one from listening there, undefined: nobody. `::` takes IPv4 too, as systems do by default. */
  take({ host, port }: HostPort, owner: Owner): Owner | undefined {
    if (port === 0) return undefined;
    const taken = this.#ports.get(port) ?? { hosts: new Map(), first: undefined, firstBesideIpv6: undefined };
    this.#ports.set(port, taken);
    const isBesideIpv6 = isIP(host) !== 6;
    const others = [
      taken.hosts.get(host),
      taken.hosts.get("::"),
      isBesideIpv6 ? taken.hosts.get("0.0.0.0") : undefined,
      host === "::" ? taken.first : undefined,
      host === "0.0.0.0" ? taken.firstBesideIpv6 : undefined,
    ].filter((other) => other !== undefined);
    const mine = { order: this.#count++, owner };
    if (!taken.hosts.has(host)) taken.hosts.set(host, mine);
    taken.first ??= mine;
    if (isBesideIpv6) taken.firstBesideIpv6 ??= mine;
    return others.toSorted((a, b) => a.order - b.order)[0]?.owner;
  }
}
