import { randomBytes } from "node:crypto";
import { Random } from "@florenetes/simkit";
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "../identities.ts";
import { areUp, type Pair, startPair, RealWire } from "../wire.ts";

let ids: Identities;
let wire: RealWire;
beforeEach(() => {
  ids = new Identities();
  wire = new RealWire();
});

const pair = (): Pair => startPair(wire, ids);

describe("large packets", () => {
  const large = (i: number, length = 16_384): Uint8Array => {
    const bytes = randomBytes(length);
    bytes[0] = i;
    return Uint8Array.from(bytes);
  };

  test("of every size go in pieces over datagrams of 1452 bytes, both ways", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    const packets = [1_419, 1_420, 2_834, 2_835, 9_000, 16_383, 16_384].map((size, i) => large(i, size));
    for (const packet of packets) {
      a.send("b", packet);
      b.send("a", packet);
    }
    await wire.until("all", () => a.received.length === packets.length && b.received.length === packets.length);
    for (const { received } of [a, b]) expect(received.map(({ packet }) => packet)).toEqual(packets);
    expect(Math.max(...wire.seen.map(({ bytes }) => bytes.length))).toBe(1_452);
    const row = a.endpoint.links.rows(wire.now)[0]!;
    expect(row).toMatchObject({ packetsSent: 7, packetsSplit: expect.any(Number) as number, udpPayload: 1_452 });
  });

  test("come whole or not at all where datagrams get lost, and small ones in between do not wait for them", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    const random = new Random(5);
    wire.lose = () => random.chance(0.02);
    const packets = Array.from({ length: 100 }, (_, i) => large(i));
    let smalls = 0;
    for (const packet of packets) {
      a.send("b", packet);
      a.send("b", new Uint8Array(50).fill(255));
      smalls++;
      await wire.run(3);
    }
    await wire.run(50);
    const whole = b.received.filter(({ packet }) => packet.length > 50);
    for (const { packet } of whole) expect(Buffer.compare(packet, packets[packet[0]!]!)).toBe(0);
    expect(whole.length).toBeGreaterThan(40);
    expect(whole.length).toBeLessThan(100);
    expect(b.received.length - whole.length).toBeGreaterThan(0.9 * smalls);
    await wire.run(1_100);
    const row = b.endpoint.links.rows(wire.now)[0]!;
    expect(row.packetsJoined).toBeGreaterThanOrEqual(whole.length);
    expect(row.drops["incomplete"]).toBeGreaterThan(0);
    expect(a.status("b")!.mtu).toBe(16_384);
    expect(a.status("b")!.preferredMtu).toBe(1_419);
  });

  test("do not keep a link from coming up where datagrams get lost", async () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 5; seed++) {
      wire = new RealWire();
      const random = new Random(seed);
      wire.lose = () => random.chance(0.05);
      times.push(await wire.until("up", areUp(pair())));
    }
    expect(times.toSorted((x, y) => x - y)[2]).toBeLessThan(400);
  });
});
