import { ALL_CLASSES, type Allowance, type PermitBucket, TrafficClass } from "@florenetes/forwarding";
import type { IpPacket } from "../packets/ip-packet.ts";
import { isAddressAt } from "../packets/addresses.ts";
import { NetworkSet } from "../packets/network-set.ts";
import { type IpNetwork, parseNetwork } from "../packets/networks.ts";
import type { EgressClient } from "./egress-client.ts";

/** The reasons for which a client's packet goes no further. Each is a counter. */
export type JudgedDrop = "source" | "forbidden" | "notOffered";

/** No packet of a client goes there, whatever the config offers: this host, loopback, link-local, multicast, reserved, all. */
const NEVER: readonly IpNetwork[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/127",
  "::ffff:0:0/96",
  "fe80::/10",
  "ff00::/8",
].map((text) => parseNetwork(text) as IpNetwork);

export interface PacketJudgeOptions {
  /** The networks that the pool leads to. */
  readonly offered: readonly IpNetwork[];
  /** Networks among these that it does not lead to, beside the pool's own. */
  readonly denied: readonly IpNetwork[];
  /** Bits a second that a client may send, and as many to it; undefined: as many as there are. */
  readonly bitsPerSecond: number | undefined;
}

/** Says which packets of clients go on. Pure. */
export class PacketJudge {
  readonly #offered: NetworkSet;
  readonly #denied: readonly IpNetwork[];
  readonly #allowance: Allowance | undefined;
  #forbidden: NetworkSet;

  constructor({ offered, denied, bitsPerSecond }: PacketJudgeOptions) {
    this.#offered = new NetworkSet(offered);
    this.#denied = [...NEVER, ...denied];
    this.#forbidden = new NetworkSet(this.#denied);
    this.#allowance = bitsPerSecond === undefined ? undefined : { classes: ALL_CLASSES, bitsPerSecond };
  }

  /** Takes the addresses that the machine has now: no client reaches the node itself. */
  setOwn(addresses: readonly IpNetwork[]): void {
    this.#forbidden = new NetworkSet([...this.#denied, ...addresses]);
  }

  /**
   * Judges a packet that has come from a client. Nobody sends by another one's address (RFC 2827, BCP 38).
   *
   * @returns why it is dropped; undefined: it goes on
   */
  judge(client: EgressClient, packet: IpPacket, bytes: Uint8Array): JudgedDrop | undefined {
    const own = packet.version === 4 ? client.addresses.v4 : client.addresses.v6;
    if (own === undefined || !isAddressAt(own, bytes, packet.sourceAt)) return "source";
    if (this.#forbidden.has(packet.version, bytes, packet.destinationAt)) return "forbidden";
    return this.#offered.has(packet.version, bytes, packet.destinationAt) ? undefined : "notOffered";
  }

  /** Whether so many bytes may pass now by a client's bucket, which then has paid for them. */
  isWithin(bucket: PermitBucket, size: number, now: number): boolean {
    if (this.#allowance === undefined) return true;
    if (!bucket.has(this.#allowance, size, now)) return false;
    bucket.take(size, TrafficClass.reliable);
    return true;
  }
}
