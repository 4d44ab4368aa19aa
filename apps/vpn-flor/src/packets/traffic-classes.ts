import assert from "node:assert";
import { TrafficClass } from "@florenetes/forwarding";
import { BULK_BYTES, FlowVolumes } from "./flow-volumes.ts";
import type { IpPacket } from "./ip-packet.ts";
import { IpProtocol } from "./protocols.ts";

/** A class that carried packets may have: `control` is for what vertices tell each other. */
export type PacketClass = Exclude<TrafficClass, typeof TrafficClass.control>;

/** Classes by what a packet says of itself. */
export interface PacketClassRules {
  /** By code point, 0 to 63. One that is not there says nothing. */
  readonly dscp: ReadonlyMap<number, PacketClass>;
  /** By the port of TCP or UDP at either end; the destination's goes first. */
  readonly ports: ReadonlyMap<number, PacketClass>;
  /** Bytes within `BULK_WINDOW` that make a flow bulk; Infinity: none is. */
  readonly bulkBytes: number;
}

const { reliable, dns, interactive, bulk } = TrafficClass;

export const DEFAULT_CLASS_RULES: PacketClassRules = {
  dscp: new Map<number, PacketClass>([
    // CS1, and lower effort (RFC 8622).
    [8, bulk],
    [1, bulk],
    // AF41 to AF43: video in which people see each other (RFC 4594).
    [34, interactive],
    [36, interactive],
    [38, interactive],
    // CS5, then expedited forwarding, which is voice and the terminals of OpenSSH, then CS6 and CS7.
    [40, interactive],
    [46, interactive],
    [48, interactive],
    [56, interactive],
  ]),
  ports: new Map<number, PacketClass>([
    [53, dns],
    // DNS over TLS, and over QUIC.
    [853, dns],
    // SSH, and remote desktops.
    [22, interactive],
    [3389, interactive],
  ]),
  bulkBytes: BULK_BYTES,
};

/**
 * Says of which class the mesh takes a packet. A code point that has a rule decides. Then the ports do, ICMP is `interactive`, and all
 * else is `reliable`; but a flow that is not marked and would be one of these two is `bulk` while it sends much (`FlowVolumes`): a copy
 * over SSH is, and DNS stays what it is.
 *
 * Fragments have their class by the code point and their volume alone, since only the first of them knows ports: parts of one datagram
 * stay together.
 */
export class PacketClasses {
  #rules: PacketClassRules;
  readonly #volumes = new FlowVolumes();

  constructor(rules: PacketClassRules = DEFAULT_CLASS_RULES) {
    this.#rules = checked(rules);
  }

  /** Holds all packets from the next one on to other rules. What flows have sent stays counted. */
  handleRules(rules: PacketClassRules): void {
    this.#rules = checked(rules);
  }

  /** @param now Monotonic milliseconds */
  classOf(packet: IpPacket, now: number): PacketClass {
    const marked = this.#rules.dscp.get(packet.dscp);
    if (marked !== undefined) return marked;
    const unmarked = packet.isFragment ? reliable : this.#classOfUse(packet);
    if (unmarked !== reliable && unmarked !== interactive) return unmarked;
    return this.#volumes.count(packet.hash, packet.length, now, this.#rules.bulkBytes) ? bulk : unmarked;
  }

  #classOfUse({ protocol, sourcePort, destinationPort }: IpPacket): PacketClass {
    if (protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6) return interactive;
    if (protocol !== IpProtocol.tcp && protocol !== IpProtocol.udp) return reliable;
    return this.#rules.ports.get(destinationPort) ?? this.#rules.ports.get(sourcePort) ?? reliable;
  }
}

function checked(rules: PacketClassRules): PacketClassRules {
  for (const trafficClass of [...rules.dscp.values(), ...rules.ports.values()] as TrafficClass[])
    assert.notEqual(trafficClass, TrafficClass.control, "control is no class of carried packets");
  return rules;
}
