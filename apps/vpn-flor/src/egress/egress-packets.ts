import type { DatagramRun } from "@florenetes/data-session/workload";
import { TrafficClass } from "@florenetes/forwarding";
import { PACKET_LEAD, PacketDatagram, type PieceCutter, packetStart } from "../connect-ip/datagram.ts";
import { type AnsweringAddresses, writeProhibited } from "../packets/icmp.ts";
import { IpPacket, type PacketFault } from "../packets/ip-packet.ts";
import type { PacketClasses } from "../packets/traffic-classes.ts";
import type { EgressClient } from "./egress-client.ts";
import type { EgressClients } from "./egress-clients.ts";
import type { JudgedDrop, PacketJudge } from "./packet-judge.ts";

/** Why a packet is dropped at an egress. Each is a counter. */
export type EgressDrop =
  | PacketFault
  | JudgedDrop
  | "context"
  | "rate"
  | "piece"
  | "noClient"
  | "noFlow"
  | "device"
  | "connections";

/** The egress' packets: from flows of clients to its device, and from its device into flows. Pure. */
export class EgressPackets {
  readonly drops: Map<EgressDrop, number> = new Map();
  readonly #clients: EgressClients;
  readonly #judge: PacketJudge;
  readonly #packet: IpPacket;
  readonly #classes: PacketClasses;
  readonly #refusal = new PacketDatagram();
  readonly #cutter: PieceCutter;
  readonly #own: AnsweringAddresses;

  /**
   * @param classes says which class a packet is of
   * @param cutter makes datagrams of what the device hands out
   * @param own the egress' addresses in the pool, by which it answers
   * @param seed of the hash by which connections are spread
   */
  constructor(
    clients: EgressClients,
    judge: PacketJudge,
    classes: PacketClasses,
    cutter: PieceCutter,
    own: AnsweringAddresses,
    seed: number,
  ) {
    this.#clients = clients;
    this.#classes = classes;
    this.#cutter = cutter;
    this.#own = own;
    this.#judge = judge;
    this.#packet = new IpPacket(seed);
  }

  /**
   * The packet of a client's datagram, which has cost the client what it costs.
   *
   * @param now monotonic milliseconds
   * @returns undefined: it is dropped
   */
  packetOf(client: EgressClient, datagram: Uint8Array, now: number): Uint8Array | undefined {
    const start = packetStart(datagram);
    if (start === -1) return this.drop("context");
    const isWithin = this.#judge.isWithin(client.upward, datagram.length - start, Math.floor(now));
    return isWithin ? datagram.subarray(start) : this.drop("rate");
  }

  /**
   * Judges a packet of a client, or joined segments of a connection.
   *
   * @param now monotonic milliseconds
   * @param count how many segments are joined
   * @returns whether the device gets it; else it is dropped
   */
  receive(client: EgressClient, bytes: Uint8Array, now: number, count = 1): boolean {
    const cause = this.#packet.read(bytes) ?? this.#judge.judge(client, this.#packet, bytes);
    if (cause === "forbidden" || cause === "notOffered") this.#refuse(client, bytes, now);
    if (cause !== undefined) this.drop(cause, count);
    // The volume of a connection is that of both directions.
    else this.#classes.classOf(this.#packet, now);
    return cause === undefined;
  }

  /**
   * Takes a piece of the device, a packet or segments of a connection, and sends it to the client whose address it has.
   *
   * @param now monotonic milliseconds
   */
  send(piece: Uint8Array, now: number): void {
    const packet = this.#packet;
    const bytes = piece.subarray(this.#cutter.headerSize);
    // Drops are counted by packets, and only the cut says how many a piece has.
    const run = this.#cutter.cut(piece);
    if (run === undefined) return this.drop("piece");
    const fault = packet.read(bytes);
    if (fault !== undefined) return this.drop(fault, run.count);
    const client = this.#clients.find(packet.version, bytes, packet.destinationAt);
    if (client === undefined) return this.drop("noClient", run.count);
    const count = this.#countWithin(client, run, now);
    if (count === 0) return;
    const trafficClass = this.#classes.classOf(packet, now);
    if (!client.flows.send(trafficClass, packet.hash, { ...run, count })) this.drop("noFlow", count);
  }

  /** How many packets of a run the client may have now; the others are dropped. Each counts by itself: a piece may be larger than all that the rate lets pass at once. */
  #countWithin(client: EgressClient, { lengths, count }: DatagramRun, now: number): number {
    for (let i = 0; i < count; i++) {
      if (this.#judge.isWithin(client.downward, lengths[i]! - PACKET_LEAD.length, Math.floor(now))) continue;
      this.drop("rate", count - i);
      return i;
    }
    return count;
  }

  /** Tells a client's program that its packet is not let through: it need not wait for an answer. */
  #refuse(client: EgressClient, bytes: Uint8Array, now: number): void {
    if (!client.refusals.take(now)) return;
    const length = writeProhibited(this.#packet, bytes, this.#own, this.#refusal.packet);
    if (length > 0) client.flows.send(TrafficClass.interactive, this.#packet.hash, this.#refusal.first(length));
  }

  /** Takes the number of connections that the kernel has refused by now, the first packet of each. */
  noteRefused(connections: number): void {
    if (connections > 0) this.drops.set("connections", connections);
  }

  /** Counts dropped packets. */
  drop(cause: EgressDrop, count = 1): undefined {
    this.drops.set(cause, (this.drops.get(cause) ?? 0) + count);
  }
}
