import { CapsuleReader, type Capsule } from "./capsule-reader.ts";
import {
  type AdvertisedRange,
  type CapsuleAddress,
  type CapsuleFault,
  CapsuleType,
  readAddresses,
  readRoutes,
  writeAddresses,
} from "./capsules.ts";
import { CAPSULES_MAX } from "./limits.ts";

/** The reasons for which an end gives up what it reads. Each is a counter. */
export type ExchangeFault = CapsuleFault | "flood";

/** Requests for any address: one of IPv4, one of IPv6. */
const REQUESTS: readonly CapsuleAddress[] = [
  { request: 1, address: new Uint8Array(4), prefix: 32 },
  { request: 2, address: new Uint8Array(16), prefix: 128 },
];

/** The client's side of what is said on the stream (RFC 9484, 4.7): it asks for addresses, and hears what it gets and what can be reached. Pure. */
export class ClientExchange {
  readonly #reader = new CapsuleReader();
  #addresses: readonly CapsuleAddress[] | undefined;
  #routes: readonly AdvertisedRange[] = [];
  #capsules = 0;

  /** The first bytes of the stream. */
  begin(): Uint8Array {
    return writeAddresses(CapsuleType.addressRequest, REQUESTS);
  }

  /** All addresses that are assigned now; undefined: nothing was said yet. Of refused requests there is none. */
  get addresses(): readonly CapsuleAddress[] | undefined {
    return this.#addresses;
  }

  /** The ranges that the egress leads to, as it said last. */
  get routes(): readonly AdvertisedRange[] {
    return this.#routes;
  }

  /** Takes the next bytes of the egress. Returns the fault that ends the session. */
  handleBytes(bytes: Uint8Array): ExchangeFault | undefined {
    let fault: ExchangeFault | undefined;
    const tooLong = this.#reader.read(bytes, (capsule) => {
      fault ??= this.#handleCapsule(capsule);
    });
    return fault ?? tooLong;
  }

  #handleCapsule({ type, value }: Capsule): ExchangeFault | undefined {
    if (++this.#capsules > CAPSULES_MAX) return "flood";
    if (type === CapsuleType.routeAdvertisement) {
      const routes = readRoutes(value);
      if (typeof routes === "string") return routes;
      this.#routes = routes;
      return undefined;
    }
    const addresses = readAddresses(type, value);
    if (typeof addresses === "string") return addresses;
    // An egress may ask for an address of ours (RFC 9484, 4.7.2). It gets none: nothing is led to it.
    if (type === CapsuleType.addressAssign)
      this.#addresses = addresses.filter(({ address }) => address.some((byte) => byte !== 0));
    return undefined;
  }
}
