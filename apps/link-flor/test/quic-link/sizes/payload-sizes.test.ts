import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { interfaceTo, type Interfaces } from "../../../src/quic-link/drivers/local-interface.ts";
import { Identities } from "../identities.ts";
import { addressA, addressB, areUp, type Pair, Station, RealWire } from "../wire.ts";

let ids: Identities;
let wire: RealWire;
beforeEach(() => {
  ids = new Identities();
  wire = new RealWire();
});

function pair(payloadA: number, payloadB: number): Pair {
  const a = new Station(wire, addressA, ids.issue("a"), { payloadMax: payloadA });
  const b = new Station(wire, addressB, ids.issue("b"), { payloadMax: payloadB });
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  return { a, b };
}

const rowOf = ({ endpoint }: Station) => endpoint.links.rows(wire.now)[0]!;

describe("the UDP payload of a link follows the interfaces", () => {
  test.each([
    [16_383, 16_383, 16_383],
    [8_952, 8_952, 8_952],
    [16_383, 8_952, 8_952],
    [8_952, 16_383, 8_952],
    [16_383, 1_452, 1_452],
    [1_452, 16_383, 1_452],
    [1_400, 1_452, 1_400],
  ])("of %i and %i the smaller counts, and round trips stay what they are", async (payloadA, payloadB, expected) => {
    const { a, b } = pair(payloadA, payloadB);
    await wire.until("up", areUp({ a, b }));
    for (let i = 1; i <= 20; i++) {
      a.send("b", randomBytes(16_384));
      b.send("a", randomBytes(1_000));
      await wire.run(5);
    }
    await wire.until("all", () => b.received.length === 20 && a.received.length === 20);
    for (const station of [a, b]) {
      expect(rowOf(station).udpPayload).toBe(expected);
      expect(rowOf(station).rttMs).toBeLessThan(200);
      expect(station.history.filter((line) => / (?:refused|down)/.test(line))).toEqual([]);
    }
    expect(Math.max(...wire.seen.map(({ bytes }) => bytes.length))).toBe(expected);
  });

  test("but not where the path does not carry them: the next attempt is made for less", async () => {
    wire.lose = ({ bytes }) => bytes.length > 1_452;
    const { a, b } = pair(8_952, 8_952);
    await wire.until("up", areUp({ a, b }));
    expect([rowOf(a).udpPayload, rowOf(b).udpPayload]).toEqual([1_452, 1_452]);
    expect([a.history, b.history]).toEqual([
      ["b/0 connecting", "b/0 up"],
      ["a/0 connecting", "a/0 up"],
    ]);
    a.send("b", randomBytes(16_384));
    await wire.until("the packet", () => b.received.length === 1);
  });
});

describe("the interface to a peer", () => {
  const interfaces: Interfaces = {
    lo: [
      { address: "127.0.0.1", cidr: "127.0.0.1/8", internal: true },
      { address: "::1", cidr: "::1/128", internal: true },
    ],
    eth0: [
      { address: "192.0.2.7", cidr: "192.0.2.7/24", internal: false },
      { address: "2001:db8::7", cidr: "2001:db8::7/64", internal: false },
      { address: "fe80::7", cidr: "fe80::7/64", internal: false },
    ],
    eth1: [{ address: "198.51.100.1", cidr: null, internal: false }],
  };

  test.each([
    ["127.0.0.1", "127.0.0.1", "lo"],
    ["192.0.2.9", "192.0.2.7", "eth0"],
    ["203.0.113.5", "192.0.2.7", "eth0"],
    ["203.0.113.5", "198.51.100.1", "eth1"],
    ["127.0.0.2", "0.0.0.0", "lo"],
    ["192.0.2.7", "0.0.0.0", "lo"],
    ["192.0.2.9", "0.0.0.0", "eth0"],
    ["203.0.113.5", "0.0.0.0", undefined],
    ["::ffff:192.0.2.9", "::", "eth0"],
    ["2001:db8::99", "::", "eth0"],
    ["fe80::99%eth0", "::", "eth0"],
    ["2001:db8:1::1", "::", undefined],
    ["192.0.2.9", "192.0.2.8", undefined],
  ])("%s from a socket at %s is %s", (peer, local, expected) => {
    expect(interfaceTo(peer, local, interfaces)).toBe(expected);
  });
});
