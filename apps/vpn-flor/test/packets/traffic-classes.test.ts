import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { BULK_BYTES, BULK_REST } from "../../src/packets/flow-volumes.ts";
import { IpPacket } from "../../src/packets/ip-packet.ts";
import { DEFAULT_CLASS_RULES, type PacketClass, PacketClasses } from "../../src/packets/traffic-classes.ts";
import { bytesOf, GOLDEN } from "./golden-packets.ts";

const { bulk, control, dns, droppable, interactive, reliable } = TrafficClass;

interface Looks {
  readonly dscp?: number;
  readonly protocol?: number;
  readonly from?: number;
  readonly to?: number;
}

/** A packet of UDP without a mark, between ports that say nothing, unless something else is said. */
function packetOf({ dscp = 0, protocol = 17, from = 40_000, to = 40_001 }: Looks): IpPacket {
  const bytes = Buffer.from(bytesOf(GOLDEN.udp4));
  bytes[1] = dscp << 2;
  bytes[9] = protocol;
  bytes.writeUInt16BE(from, 20);
  bytes.writeUInt16BE(to, 22);
  return read(bytes);
}

function read(bytes: Uint8Array): IpPacket {
  const packet = new IpPacket(1);
  expect(packet.read(bytes)).toBeUndefined();
  return packet;
}

/** The class of a packet whose flow has just sent as much as bulk flows do. */
function classWhenBusy(packet: IpPacket, classes = new PacketClasses()): PacketClass {
  for (let sent = 0; sent < BULK_BYTES; sent += packet.length) classes.classOf(packet, 0);
  return classes.classOf(packet, 1);
}

/** The class at first, and once the flow has sent much. */
const table: readonly (readonly [string, Looks, PacketClass, PacketClass])[] = [
  ["EF", { dscp: 46 }, interactive, interactive],
  ["CS5", { dscp: 40 }, interactive, interactive],
  ["CS6", { dscp: 48 }, interactive, interactive],
  ["CS7", { dscp: 56 }, interactive, interactive],
  ["AF41", { dscp: 34 }, interactive, interactive],
  ["AF42", { dscp: 36 }, interactive, interactive],
  ["AF43", { dscp: 38 }, interactive, interactive],
  ["CS1", { dscp: 8 }, bulk, bulk],
  ["lower effort", { dscp: 1 }, bulk, bulk],
  ["CS1 to the port of SSH", { dscp: 8, protocol: 6, to: 22 }, bulk, bulk],
  ["EF to the port of DNS", { dscp: 46, to: 53 }, interactive, interactive],
  ["AF21 to the port of SSH", { dscp: 18, protocol: 6, to: 22 }, interactive, bulk],
  ["CS4", { dscp: 32 }, reliable, bulk],
  ["DNS over UDP", { to: 53 }, dns, dns],
  ["DNS over TCP", { protocol: 6, to: 53 }, dns, dns],
  ["an answer of DNS", { from: 53 }, dns, dns],
  ["DNS over TLS", { protocol: 6, to: 853 }, dns, dns],
  ["DNS over QUIC", { to: 853 }, dns, dns],
  ["SSH", { protocol: 6, to: 22 }, interactive, bulk],
  ["SSH, the other way", { protocol: 6, from: 22 }, interactive, bulk],
  ["a remote desktop", { to: 3389 }, interactive, bulk],
  ["from DNS to SSH: the destination goes first", { from: 53, to: 22 }, interactive, bulk],
  ["SCTP to the port of DNS", { protocol: 132, to: 53 }, reliable, bulk],
  ["ICMP", { protocol: 1 }, interactive, bulk],
  ["all else", { protocol: 6, to: 443 }, reliable, bulk],
  ["a protocol without ports", { protocol: 47 }, reliable, bulk],
];

describe("classes of packets", () => {
  test.each(table)("%s", (_, looks, first, busy) => {
    const packet = packetOf(looks);
    expect(new PacketClasses().classOf(packet, 0)).toBe(first);
    expect(classWhenBusy(packet)).toBe(busy);
  });

  test("ICMPv6 is interactive, and a code point of IPv6 counts", () => {
    expect(new PacketClasses().classOf(read(bytesOf(GOLDEN.icmp6)), 0)).toBe(interactive);
    expect(new PacketClasses().classOf(read(bytesOf(GOLDEN.udp6)), 0)).toBe(bulk);
  });

  test("fragments of a datagram have one class, whatever ports the first of them has", () => {
    const classes = new PacketClasses();
    for (const name of ["firstFragment4", "laterFragment4", "firstFragment6", "laterFragment6"] as const)
      expect(classes.classOf(read(bytesOf(GOLDEN[name])), 0)).toBe(reliable);
    expect(classes.classOf(read(bytesOf(GOLDEN.atomicFragment6)), 0)).toBe(dns);
    const first = read(bytesOf(GOLDEN.firstFragment4));
    expect(classWhenBusy(first, classes)).toBe(bulk);
    expect(classes.classOf(read(bytesOf(GOLDEN.laterFragment4)), 1)).toBe(bulk);
  });

  test("a flow that has rested is what it was, and others are not touched by it", () => {
    const classes = new PacketClasses();
    const copy = packetOf({ protocol: 6, to: 22 });
    expect(classWhenBusy(copy, classes)).toBe(bulk);
    expect(classes.classOf(packetOf({ protocol: 6, to: 22, from: 40_002 }), 1)).toBe(interactive);
    expect(classes.classOf(copy, BULK_REST)).toBe(bulk);
    expect(classes.classOf(copy, 2 * BULK_REST)).toBe(interactive);
  });

  test("other rules take the place of those that are there without them", () => {
    const ports = new Map<number, PacketClass>([[9, droppable]]);
    const dscp = new Map<number, PacketClass>([[0, bulk]]);
    const byPorts = new PacketClasses({ ...DEFAULT_CLASS_RULES, ports });
    expect(byPorts.classOf(packetOf({ to: 9 }), 0)).toBe(droppable);
    expect(classWhenBusy(packetOf({ to: 9 }), byPorts)).toBe(droppable);
    expect(byPorts.classOf(packetOf({ to: 53 }), 0)).toBe(reliable);
    expect(byPorts.classOf(packetOf({ dscp: 46 }), 0)).toBe(interactive);
    expect(new PacketClasses({ ...DEFAULT_CLASS_RULES, dscp }).classOf(packetOf({ to: 53 }), 0)).toBe(bulk);
  });

  test("other rules hold from the next packet on, and what a flow has sent stays counted", () => {
    const classes = new PacketClasses();
    const web = packetOf({ protocol: 6, to: 443 });
    expect(classWhenBusy(web, classes)).toBe(bulk);
    classes.handleRules({ ...DEFAULT_CLASS_RULES, bulkBytes: Infinity });
    expect(classes.classOf(web, 2)).toBe(reliable);
    classes.handleRules({ ...DEFAULT_CLASS_RULES, ports: new Map([[443, interactive]]), bulkBytes: 2 * BULK_BYTES });
    expect(classes.classOf(web, 3)).toBe(interactive);
    expect(classWhenBusy(web, classes)).toBe(bulk);
  });

  test("no rule makes a packet one of the vertices' own", () => {
    const rules = [...DEFAULT_CLASS_RULES.dscp.values(), ...DEFAULT_CLASS_RULES.ports.values()];
    expect(rules).not.toContain(control);
    const wrong = new Map([[9, control as number as PacketClass]]);
    expect(() => new PacketClasses({ ...DEFAULT_CLASS_RULES, ports: wrong })).toThrow("control");
    expect(() => new PacketClasses({ ...DEFAULT_CLASS_RULES, dscp: wrong })).toThrow("control");
  });
});
