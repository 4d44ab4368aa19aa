import { PermitBucket } from "@florenetes/forwarding";
import { RateLimit } from "@florenetes/scheduling";
import type { AdvertisedRange } from "../connect-ip/capsules.ts";
import { EgressExchange } from "../connect-ip/egress-exchange.ts";
import { SHARDS } from "../flows/limits.ts";
import { PacketFlows } from "../flows/packet-flows.ts";
import { addressesOf } from "../packets/addresses.ts";
import type { ClientAddresses } from "./address-pool.ts";
import { REFUSALS_PER_SECOND } from "./limits.ts";

/** A principal with a session at this egress. */
export class EgressClient {
  readonly principal: string;
  readonly addresses: ClientAddresses;
  readonly exchange: EgressExchange;
  readonly flows: PacketFlows = new PacketFlows(SHARDS);
  /** The rates of what comes from the client, and of what goes to it. */
  readonly upward: PermitBucket = new PermitBucket();
  readonly downward: PermitBucket = new PermitBucket();

  /** Answers to packets that are not let through. */
  readonly refusals: RateLimit = new RateLimit(REFUSALS_PER_SECOND, REFUSALS_PER_SECOND);

  constructor(principal: string, addresses: ClientAddresses, routes: readonly AdvertisedRange[]) {
    this.principal = principal;
    this.addresses = addresses;
    this.exchange = new EgressExchange(addressesOf(addresses), routes);
  }
}
