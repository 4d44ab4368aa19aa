import { RateLimit } from "@florenetes/scheduling";
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
import { CAPSULES_MAX, CAPSULES_PER_SECOND } from "./limits.ts";

/** The reasons for which an end gives up what it reads. Each is a counter. */
export type ExchangeFault = CapsuleFault | "flood";

/** The client's side of what is said on the stream (RFC 9484, 4.7): it asks for addresses, and hears what it gets and what can be reached. Pure. */
export class ClientExchange {
  readonly #reader = new CapsuleReader();
  #addresses: readonly CapsuleAddress[] | undefined;
  #routes: readonly AdvertisedRange[] = [];
  /** The number of the last request. */
  #requests = 0;
  readonly #capsules = new RateLimit(CAPSULES_MAX, CAPSULES_PER_SECOND);

  /**
   * Asks for any address of each version. These are the first bytes of the stream; later they only have the egress say that it is there, as it answers each
   * request.
   */
  ask(): Uint8Array {
    const addresses = [new Uint8Array(4), new Uint8Array(16)];
    const requests = addresses.map((address) => ({ request: ++this.#requests, address, prefix: address.length * 8 }));
    return writeAddresses(CapsuleType.addressRequest, requests);
  }

  /** All addresses that are assigned now; undefined: nothing was said yet. Of refused requests there is none. */
  get addresses(): readonly CapsuleAddress[] | undefined {
    return this.#addresses;
  }

  /** The ranges that the egress leads to, as it said last. */
  get routes(): readonly AdvertisedRange[] {
    return this.#routes;
  }

  /**
   * Takes the next bytes of the egress.
   *
   * @param now monotonic milliseconds
   * @returns the fault that ends the session
   */
  handleBytes(bytes: Uint8Array, now: number): ExchangeFault | undefined {
    let fault: ExchangeFault | undefined;
    const tooLong = this.#reader.read(bytes, (capsule) => {
      fault ??= this.#handleCapsule(capsule, now);
    });
    return fault ?? tooLong;
  }

  #handleCapsule({ type, value }: Capsule, now: number): ExchangeFault | undefined {
    if (!this.#capsules.take(now)) return "flood";
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
