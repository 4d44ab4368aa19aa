import { RateLimit } from "@florenetes/scheduling";
import { CapsuleReader, type Capsule } from "./capsule-reader.ts";
import {
  type AdvertisedRange,
  type CapsuleAddress,
  CapsuleType,
  readAddresses,
  readRoutes,
  writeAddresses,
  writeRoutes,
} from "./capsules.ts";
import type { ExchangeFault } from "./client-exchange.ts";
import { ANSWERS_WAITING_MAX, CAPSULES_MAX, CAPSULES_PER_SECOND, REQUESTED_MAX } from "./limits.ts";

/** The egress' side of what is said on the stream (RFC 9484, 4.7): the client has its addresses at once, and each request is answered by them. Pure. */
export class EgressExchange {
  readonly #reader = new CapsuleReader();
  readonly #addresses: readonly Uint8Array[];
  readonly #routes: readonly AdvertisedRange[];
  readonly #capsules = new RateLimit(CAPSULES_MAX, CAPSULES_PER_SECOND);

  /**
   * @param addresses the client's: at most one of IPv4 and one of IPv6
   * @param routes what can be reached, in the order of `writeRoutes`
   */
  constructor(addresses: readonly Uint8Array[], routes: readonly AdvertisedRange[]) {
    this.#addresses = addresses;
    this.#routes = routes;
  }

  /** The first bytes of the stream. */
  begin(): Uint8Array {
    const addresses = writeAddresses(CapsuleType.addressAssign, this.#addresses.map(assigned));
    return Uint8Array.from([...addresses, ...writeRoutes(this.#routes)]);
  }

  /**
   * Takes the next bytes of the client. One that asks and does not read what it is answered floods the egress.
   *
   * @param now monotonic milliseconds
   * @param waiting bytes of the stream that have not left yet
   * @returns the bytes that answer them, or the fault that ends the session
   */
  handleBytes(bytes: Uint8Array, now: number, waiting: number): Uint8Array | ExchangeFault {
    const answers: Uint8Array[] = [];
    let length = 0;
    let fault: ExchangeFault | undefined;
    const tooLong = this.#reader.read(bytes, (capsule) => {
      const answer = fault ?? this.#handleCapsule(capsule, now);
      if (typeof answer === "string") fault = answer;
      else if (answer !== undefined) {
        answers.push(answer);
        length += answer.length;
      }
    });
    if (fault === undefined && length > 0 && waiting + length > ANSWERS_WAITING_MAX) fault = "flood";
    return fault ?? tooLong ?? Uint8Array.from(answers.flatMap((answer) => [...answer]));
  }

  #handleCapsule({ type, value }: Capsule, now: number): Uint8Array | ExchangeFault | undefined {
    if (!this.#capsules.take(now)) return "flood";
    if (type === CapsuleType.routeAdvertisement) {
      // The client's networks are not led to, so what it says of them only has to hold.
      const routes = readRoutes(value);
      return typeof routes === "string" ? routes : undefined;
    }
    const addresses = readAddresses(type, value);
    if (typeof addresses === "string") return addresses;
    if (type !== CapsuleType.addressRequest) return undefined;
    return addresses.length > REQUESTED_MAX ? "flood" : this.#answer(addresses);
  }

  /** Answers a request by all addresses of the client (RFC 9484, 4.7.1): a request of a version that it has none of is refused by zeros. */
  #answer(requests: readonly CapsuleAddress[]): Uint8Array {
    const open = new Map(this.#addresses.map((address) => [address.length, address]));
    const answered = requests.map(({ request, address: { length } }): CapsuleAddress => {
      const address = open.get(length);
      open.delete(length);
      return { request, address: address ?? new Uint8Array(length), prefix: length * 8 };
    });
    return writeAddresses(CapsuleType.addressAssign, [...answered, ...[...open.values()].map(assigned)]);
  }
}

function assigned(address: Uint8Array): CapsuleAddress {
  return { request: 0, address, prefix: address.length * 8 };
}
