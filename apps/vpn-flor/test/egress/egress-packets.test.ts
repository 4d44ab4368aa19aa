import { TrafficClass } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import { PacketDatagram, type PieceCutter } from "../../src/connect-ip/datagram.ts";
import { AddressPool } from "../../src/egress/address-pool.ts";
import type { EgressClient } from "../../src/egress/egress-client.ts";
import { EgressClients } from "../../src/egress/egress-clients.ts";
import { EgressPackets } from "../../src/egress/egress-packets.ts";
import { PacketJudge } from "../../src/egress/packet-judge.ts";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";
import { IpPacket } from "../../src/packets/ip-packet.ts";
import { type IpNetwork, parseNetwork } from "../../src/packets/networks.ts";
import { PacketClasses } from "../../src/packets/traffic-classes.ts";
import { insidePacket } from "../inside-packet.ts";
import { Sent } from "../sent-datagrams.ts";

const networks = (...texts: string[]): IpNetwork[] => texts.map((text) => parseNetwork(text) as IpNetwork);
const POOL = networks("100.64.0.0/16", "fd00:f10::/64");

function egress(bitsPerSecond?: number, cutter: PieceCutter = new PacketDatagram()) {
  const offered = networks("0.0.0.0/0", "2001:db8::/32");
  const clients = new EgressClients({ pool: new AddressPool("main", POOL), routes: [], max: 2 });
  const judge = new PacketJudge({ offered, denied: [...POOL, ...networks("10.0.0.0/8")], bitsPerSecond });
  judge.setOwn(networks("198.51.100.1", "2001:db8::1"));
  const own = { v4: parseAddress("100.64.0.1"), v6: parseAddress("fd00:f10::1") };
  return { clients, packets: new EgressPackets(clients, judge, new PacketClasses(), cutter, own, 7) };
}

const withContext = (packet: Uint8Array): Uint8Array => Uint8Array.from([0, ...packet]);

describe("an egress", () => {
  let { clients, packets } = egress();
  let alice: EgressClient;
  let flow: Sent;
  const addressOf = ({ addresses }: EgressClient, version: 4 | 6 = 4): string =>
    formatAddress(version === 4 ? addresses.v4! : addresses.v6!);

  beforeEach(() => {
    ({ clients, packets } = egress());
    alice = clients.join("user/alice") as EgressClient;
    flow = new Sent();
    alice.flows.add(TrafficClass.reliable, 0, flow);
  });

  test.each([4, 6] as const)("lets a client's packet of IPv%d out, and brings the answer", (version) => {
    const [own, world] = [addressOf(alice, version), version === 4 ? "192.0.2.80" : "2001:db8:5::80"];
    const packet = insidePacket(own, world);
    expect(packets.packetOf(alice, withContext(packet), 0)).toEqual(packet);
    expect(packets.receive(alice, packet, 0)).toBe(true);
    const answer = insidePacket(world, own, { sourcePort: 80, destinationPort: 5_000 });
    packets.send(answer, 0);
    expect(flow.datagrams).toEqual([withContext(answer)]);
    expect(packets.drops).toEqual(new Map());
  });

  test.each([
    ["another's address", "100.64.9.9", "192.0.2.80", "source"],
    ["an address of the world", "192.0.2.1", "192.0.2.80", "source"],
    ["the node itself", "own", "198.51.100.1", "forbidden"],
    ["loopback", "own", "127.0.0.1", "forbidden"],
    ["link-local", "own", "169.254.169.254", "forbidden"],
    ["multicast", "own", "224.0.0.251", "forbidden"],
    ["all", "own", "255.255.255.255", "forbidden"],
    ["another client", "own", "100.64.200.200", "forbidden"],
    ["the egress in the pool", "own", "100.64.0.1", "forbidden"],
    ["a denied network", "own", "10.1.2.3", "forbidden"],
    ["the node by IPv6", "own6", "2001:db8::1", "forbidden"],
    ["loopback by IPv6", "own6", "::1", "forbidden"],
    ["an address of IPv4 in IPv6", "own6", "::ffff:192.0.2.1", "forbidden"],
    ["link-local by IPv6", "own6", "fe80::1", "forbidden"],
    ["a network that is not offered", "own6", "2001:db9::1", "notOffered"],
  ])("drops packets of a client from or to %s", (_, source, destination, cause) => {
    const own = source === "own" ? addressOf(alice) : source === "own6" ? addressOf(alice, 6) : source;
    expect(packets.receive(alice, insidePacket(own, destination), 0)).toBe(false);
    expect([...packets.drops]).toEqual([[cause, 1]]);
  });

  test.each([4, 6] as const)("tells a client of IPv%d what is not let through, ten times a second", (version) => {
    const [own, closed] = [addressOf(alice, version), version === 4 ? "10.1.2.3" : "2001:db9::1"];
    for (let count = 0; count < 50; count++) packets.receive(alice, insidePacket(own, closed), 0);
    expect(flow.datagrams).toHaveLength(10);
    packets.receive(alice, insidePacket(own, closed), 100);
    expect(flow.datagrams).toHaveLength(11);
    const answer = new IpPacket(1);
    const bytes = flow.datagrams[0]!.subarray(1);
    expect(answer.read(bytes)).toBe(undefined);
    const at = (offset: number): string => formatAddress(bytes.slice(offset, offset + answer.addressLength));
    expect([at(answer.sourceAt), at(answer.destinationAt)]).toEqual([
      version === 4 ? "100.64.0.1" : "fd00:f10::1",
      own,
    ]);
  });

  test.each([
    ["an empty datagram", new Uint8Array(), "context"],
    ["another context", Uint8Array.of(2, 0x45), "context"],
    ["no packet", Uint8Array.of(0), "short"],
    ["version 5", Uint8Array.of(0, 0x50, 0, 0), "version"],
    ["a length that lies", withContext(insidePacket("192.0.2.1", "192.0.2.2").subarray(0, 60)), "length"],
  ])("drops %s", (_, datagram, cause) => {
    const packet = packets.packetOf(alice, datagram, 0);
    if (packet !== undefined) expect(packets.receive(alice, packet, 0)).toBe(false);
    expect([...packets.drops]).toEqual([[cause, 1]]);
  });

  test("drops what is for nobody, or for a client without a flow", () => {
    packets.send(insidePacket("192.0.2.80", "100.64.250.250"), 0);
    alice.flows.remove(flow);
    packets.send(insidePacket("192.0.2.80", addressOf(alice)), 0);
    expect([...packets.drops]).toEqual([
      ["noClient", 1],
      ["noFlow", 1],
    ]);
  });

  test("holds a client to its rate in each direction, and nobody else", () => {
    ({ clients, packets } = egress(800_000));
    const [slow, other] = ["user/alice", "user/bob"].map((name) => clients.join(name) as EgressClient);
    const packet = withContext(insidePacket(addressOf(slow!), "192.0.2.80", { size: 972 }));
    const passed = (now: number): number => {
      let count = 0;
      while (packets.packetOf(slow!, packet, now) !== undefined) count++;
      return count;
    };
    expect(passed(0)).toBeGreaterThan(5);
    // 100,000 bytes a second, in packets of 1,000.
    expect([passed(100), passed(100), passed(200)]).toEqual([10, 0, 10]);
    const others = withContext(insidePacket(addressOf(other!), "192.0.2.80"));
    expect(packets.packetOf(other!, others, 200)).toBeDefined();
  });

  test("holds a piece to the client's rate by its packets, though it is larger than all that may come at once", () => {
    const run = { bytes: new Uint8Array(65_000), lengths: new Uint32Array(65).fill(1_000), count: 65 };
    ({ clients, packets } = egress(800_000, { headerSize: 0, cut: () => run }));
    alice = clients.join("user/alice") as EgressClient;
    alice.flows.add(TrafficClass.reliable, 0, flow);
    const sent = (now: number): number => {
      const before = flow.datagrams.length;
      packets.send(insidePacket("192.0.2.80", addressOf(alice)), now);
      return flow.datagrams.length - before;
    };
    expect(sent(0)).toBeGreaterThan(5);
    // 100,000 bytes a second, in packets of 999 and a context.
    expect([sent(100), sent(100), sent(200)]).toEqual([10, 0, 10]);
    expect(packets.drops.get("rate")).toBe(4 * 65 - flow.datagrams.length);
  });

  test("counts each packet of a piece that it drops", () => {
    const run = { bytes: new Uint8Array(9), lengths: Uint32Array.of(3, 3, 3), count: 3 };
    ({ clients, packets } = egress(undefined, { headerSize: 0, cut: () => run }));
    alice = clients.join("user/alice") as EgressClient;
    packets.send(insidePacket("192.0.2.80", addressOf(alice)), 0);
    packets.send(insidePacket("192.0.2.80", "100.64.250.250"), 0);
    packets.send(Uint8Array.of(0x45), 0);
    packets.receive(alice, insidePacket("192.0.2.80", "192.0.2.81"), 0, 5);
    expect(Object.fromEntries(packets.drops)).toEqual({ noFlow: 3, noClient: 3, short: 3, source: 5 });
  });

  test("takes so many clients, and a place that is free again", () => {
    expect(clients.join("user/bob")).toBeTypeOf("object");
    expect(clients.join("user/carol")).toBe("clients");
    clients.leave(alice);
    expect([...clients]).not.toContain(alice);
    expect(clients.find(4, parseAddress(addressOf(alice))!, 0)).toBe(undefined);
    expect(clients.join("user/carol")).toBeTypeOf("object");
  });

  test("a session that has left leaves the one that took its place alone", () => {
    clients.leave(alice);
    const next = clients.join("user/alice");
    clients.leave(alice);
    expect([...clients]).toContain(next);
  });
});
