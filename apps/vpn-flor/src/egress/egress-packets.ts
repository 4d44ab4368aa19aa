import { TrafficClass } from "@florenetes/forwarding";
import { PacketDatagram, packetStart } from "../connect-ip/datagram.ts";
import { type AnsweringAddresses, writeProhibited } from "../packets/icmp.ts";
import { IpPacket, type PacketFault } from "../packets/ip-packet.ts";
import type { PacketClasses } from "../packets/traffic-classes.ts";
import type { EgressClient } from "./egress-client.ts";
import type { EgressClients } from "./egress-clients.ts";
import type { JudgedDrop, PacketJudge } from "./packet-judge.ts";

/** Why a packet is dropped at an egress. Each is a counter. */
export type EgressDrop = PacketFault | JudgedDrop | "context" | "noClient" | "noFlow" | "device" | "connections";

/** The egress' packets: from flows of clients to its device, and from its device into flows. Pure. */
export class EgressPackets {
  readonly drops: Map<EgressDrop, number> = new Map();
  readonly #clients: EgressClients;
  readonly #judge: PacketJudge;
  readonly #packet: IpPacket;
  readonly #classes: PacketClasses;
  readonly #datagram = new PacketDatagram();
  readonly #own: AnsweringAddresses;

  /**
   * @param classes says which class a packet is of
   * @param own the egress' addresses in the pool, by which it answers
   * @param seed of the hash by which connections are spread
   */
  constructor(
    clients: EgressClients,
    judge: PacketJudge,
    classes: PacketClasses,
    own: AnsweringAddresses,
    seed: number,
  ) {
    this.#clients = clients;
    this.#classes = classes;
    this.#own = own;
    this.#judge = judge;
    this.#packet = new IpPacket(seed);
  }

  /**
   * Takes a datagram of a client.
   *
   * @param now monotonic milliseconds
   * @returns the packet for the device; undefined: it is dropped
   */
  receive(client: EgressClient, datagram: Uint8Array, now: number): Uint8Array | undefined {
    const start = packetStart(datagram);
    if (start === -1) return this.drop("context");
    const bytes = datagram.subarray(start);
    const cause = this.#packet.read(bytes) ?? this.#judge.judge(client, this.#packet, bytes, Math.floor(now));
    if (cause === "forbidden" || cause === "notOffered") this.#refuse(client, bytes, now);
    if (cause !== undefined) return this.drop(cause);
    // The volume of a connection is that of both directions.
    this.#classes.classOf(this.#packet, now);
    return bytes;
  }

  /**
   * Takes a packet of the device, and sends it to the client whose address it has.
   *
   * @param now monotonic milliseconds
   */
  send(bytes: Uint8Array, now: number): void {
    const packet = this.#packet;
    const fault = packet.read(bytes);
    if (fault !== undefined) return this.drop(fault);
    const client = this.#clients.find(packet.version, bytes, packet.destinationAt);
    if (client === undefined) return this.drop("noClient");
    if (!this.#judge.isWithin(client.downward, bytes.length, Math.floor(now))) return this.drop("rate");
    const trafficClass = this.#classes.classOf(packet, now);
    if (!client.flows.send(trafficClass, packet.hash, this.#datagram.of(bytes))) this.drop("noFlow");
  }

  /** Tells a client's program that its packet is not let through: it need not wait for an answer. */
  #refuse(client: EgressClient, bytes: Uint8Array, now: number): void {
    if (!client.refusals.take(now)) return;
    const length = writeProhibited(this.#packet, bytes, this.#own, this.#datagram.packet);
    if (length > 0) client.flows.send(TrafficClass.interactive, this.#packet.hash, this.#datagram.first(length));
  }

  /** Takes the number of connections that the kernel has refused by now, the first packet of each. */
  noteRefused(connections: number): void {
    if (connections > 0) this.drops.set("connections", connections);
  }

  /** Counts a drop. */
  drop(cause: EgressDrop): undefined {
    this.drops.set(cause, (this.drops.get(cause) ?? 0) + 1);
  }
}
