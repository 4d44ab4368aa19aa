import type { TrafficClass } from "@florenetes/forwarding";
import { RateLimit } from "@florenetes/scheduling";
import { type PieceCutter, packetStart } from "../connect-ip/datagram.ts";
import { SHARDS } from "../flows/limits.ts";
import { PacketFlows } from "../flows/packet-flows.ts";
import { isAddressAt } from "../packets/addresses.ts";
import { ICMP_ANSWER_MAX, writeProhibited } from "../packets/icmp.ts";
import { IpPacket, type PacketFault } from "../packets/ip-packet.ts";
import type { PacketClasses } from "../packets/traffic-classes.ts";
import type { Assignment } from "./assignment.ts";
import { REFUSALS_PER_SECOND } from "./limits.ts";

/** Why a packet is dropped at a client. Each is a counter. */
export type ClientDrop = PacketFault | "noSession" | "piece" | "source" | "context" | "destination" | "device";

/**
 * The client's packets: from its device into flows, and out of flows to its device. What comes out goes to this machine's own address, or nowhere: an
 * egress that could send to others would reach into the machine's networks. Pure.
 */
export class ClientPackets {
  /** The counts of sessions that are over. */
  readonly #gone = new PacketFlows(SHARDS);
  /** The flows of sessions that were up and are not over: of the present one, and of those that it has taken the place of. */
  readonly #open = new Set<PacketFlows>();
  /** The flows of the present session. */
  #flows = new PacketFlows(SHARDS);
  readonly drops: Map<ClientDrop, number> = new Map();
  readonly #packet: IpPacket;
  readonly #classes: PacketClasses;
  readonly #cutter: PieceCutter;
  readonly #refusals = new RateLimit(REFUSALS_PER_SECOND, REFUSALS_PER_SECOND);
  readonly #answer = new Uint8Array(ICMP_ANSWER_MAX);
  #answerLength = 0;
  /** The addresses of the session that is up; undefined: none is. */
  assignment: Assignment | undefined;

  /**
   * @param classes says which class a packet is of
   * @param cutter makes datagrams of what the device hands out
   * @param seed of the hash by which connections are spread
   */
  constructor(classes: PacketClasses, cutter: PieceCutter, seed: number) {
    this.#classes = classes;
    this.#cutter = cutter;
    this.#packet = new IpPacket(seed);
  }

  get flows(): PacketFlows {
    return this.#flows;
  }

  /** The flows of all sessions, for the sake of their counts. */
  get all(): readonly PacketFlows[] {
    return [this.#gone, ...this.#open];
  }

  /** A session is up: packets go into its flows from now on. */
  handleUp(flows: PacketFlows): void {
    this.#open.add(flows);
    this.#flows = flows;
  }

  /** A session is over: nothing comes out of its flows any more. */
  handleOver(flows: PacketFlows): void {
    if (this.#open.delete(flows)) this.#gone.absorb(flows);
  }

  /**
   * Takes a piece of the device: a packet, or segments of a connection.
   *
   * @param now monotonic milliseconds
   * @returns its class, whose flows may lack one; undefined: nothing is known of it
   */
  send(piece: Uint8Array, now: number): TrafficClass | undefined {
    const packet = this.#packet;
    const bytes = piece.subarray(this.#cutter.headerSize);
    // Drops are counted by packets, and only the cut says how many a piece has.
    const run = this.#cutter.cut(piece);
    if (run === undefined) return this.drop("piece");
    const fault = packet.read(bytes);
    if (fault !== undefined) return this.drop(fault, run.count);
    if (this.assignment === undefined) return this.drop("noSession", run.count);
    if (!this.#isOwn(bytes, packet.sourceAt)) {
      this.#refuse(bytes, now);
      return this.drop("source", run.count);
    }
    const trafficClass = this.#classes.classOf(packet, now);
    if (!this.#flows.send(trafficClass, packet.hash, run)) this.drop("noSession", run.count);
    return trafficClass;
  }

  /** The answer to the last packet of the device that was refused, which is for the device, until the next call of `send`; undefined: there is none. */
  pollAnswer(): Uint8Array | undefined {
    const length = this.#answerLength;
    this.#answerLength = 0;
    return length === 0 ? undefined : this.#answer.subarray(0, length);
  }

  /** The packet of a datagram of a flow; undefined: it is dropped. */
  packetOf(datagram: Uint8Array): Uint8Array | undefined {
    const start = packetStart(datagram);
    return start === -1 ? this.drop("context") : datagram.subarray(start);
  }

  /**
   * Judges a packet that has come over a flow, or joined segments of a connection.
   *
   * @param now monotonic milliseconds
   * @param count how many segments are joined
   * @returns whether the device gets it; else it is dropped
   */
  receive(bytes: Uint8Array, now: number, count = 1): boolean {
    const cause =
      this.#packet.read(bytes) ?? (this.#isOwn(bytes, this.#packet.destinationAt) ? undefined : "destination");
    if (cause !== undefined) this.drop(cause, count);
    // The volume of a connection is that of both directions: the acknowledgements of a download go with it.
    else this.#classes.classOf(this.#packet, now);
    return cause === undefined;
  }

  /** Counts dropped packets. */
  drop(cause: ClientDrop, count = 1): undefined {
    this.drops.set(cause, (this.drops.get(cause) ?? 0) + count);
  }

  /**
   * Answers a program of this machine that sends from another address than the device's: it has begun before the device had one, and no egress would ever
   * answer it. The answer is from where the packet would have gone, as the system takes none from an address of its own.
   */
  #refuse(bytes: Uint8Array, now: number): void {
    if (!this.#refusals.take(now)) return;
    const { destinationAt, addressLength } = this.#packet;
    const far = bytes.subarray(destinationAt, destinationAt + addressLength);
    this.#answerLength = writeProhibited(this.#packet, bytes, { v4: far, v6: far }, this.#answer);
  }

  #isOwn(bytes: Uint8Array, at: number): boolean {
    const own = this.#packet.version === 4 ? this.assignment?.v4 : this.assignment?.v6;
    return own !== undefined && isAddressAt(own, bytes, at);
  }
}
