import type { UdpAddress } from "@florenetes/link-flor/src/quic-link/addresses/link-address.ts";
import { UDP_PAYLOAD_MAX } from "@florenetes/link-flor/src/quic-link/limits.ts";
import type { LinkSocket } from "@florenetes/link-flor/src/quic-link/link-surroundings.ts";
import type { SimNetwork } from "./sim-network.ts";

/** A UDP socket of a simulated process. It is never full. */
export class SimSocket implements LinkSocket {
  readonly address: UdpAddress;
  readonly counters = { received: 0, sent: 0 };
  readonly slot: Uint8Array = new Uint8Array(UDP_PAYLOAD_MAX);
  readonly isWritable = true;
  readonly #network: SimNetwork;

  constructor(network: SimNetwork, address: UdpAddress) {
    this.#network = network;
    this.address = address;
  }

  sendSlot(length: number, to: UdpAddress): boolean {
    this.counters.sent++;
    this.#network.send(this.address.host, to.host, this.slot.slice(0, length));
    return true;
  }

  flush(): boolean {
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
