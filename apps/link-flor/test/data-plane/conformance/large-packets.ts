import { randomBytes } from "node:crypto";
import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { FakeVertex } from "./fake-vertex.ts";
import type { PlaneHood } from "./link-on-plane.ts";
import { SOON } from "./neighbourhood.ts";
import { sendUntil, until } from "./tested-link.ts";

const size = 16_384;
const narrow = { clusterLines: ["udp-payload-max: 1452"] };

/** Packets of 16,384 bytes, in UDP payloads of 1452 bytes. */
export function judgeLargePackets(hood: PlaneHood): void {
  describe("large packets", () => {
    test("arrive whole and in order, and small ones do not wait for them", async () => {
      const { linkA, linkB, a, b } = await hood.relayedPair(narrow);
      const sent = Array.from({ length: 100 }, (_, i) => numbered(i, size));
      const row = async () => (await linkA.status()).clusters[0]!.links[0]!;
      // A busy machine may let packets wait so long that they are dropped before they are sent, and counted (CoDel). QUIC counts each piece.
      const over = async () => b.received.length + (await row()).drops["queueLate"]!;
      for (const [i, packet] of sent.entries()) {
        a.send("b", packet);
        a.send("b", numbered(i, 60));
        // The number of packets that wait stays below the queue's bound.
        if (b.received.length < 2 * i - 8) await expect.poll(over, SOON).toBeGreaterThanOrEqual(2 * i - 8);
      }
      await expect.poll(over, SOON).toBeGreaterThanOrEqual(200);
      const rowA = await row();
      const late = rowA.drops["queueLate"]!;
      const [large, small] = [numbersOf(b, size), numbersOf(b, 60)];
      expect(large.length + small.length).toBeGreaterThanOrEqual(200 - late);
      expect(large.length + small.length).toBeLessThanOrEqual(200);
      expect(Math.min(large.length, small.length)).toBeGreaterThan(50);
      // On a busy machine a second attempt may take over soon after the first has come up, and packets under way in one pass those in the other.
      const inFormerSession = large.length + small.length - rowA.packetsSent;
      const inSession = (number: number): boolean => number >= inFormerSession / 2;
      for (const numbers of [large, small]) {
        const sessions = [numbers.filter((number) => !inSession(number)), numbers.filter(inSession)];
        for (const each of sessions) expect(each).toEqual([...new Set(each)].toSorted((x, y) => x - y));
      }
      for (const { packet } of b.received.filter(({ packet }) => packet.length === size)) {
        expect(Buffer.compare(packet, sent[(packet[0]! << 8) | packet[1]!]!)).toBe(0);
      }
      const [rowB] = (await linkB.status()).clusters[0]!.links;
      expect(rowA).toMatchObject({ mtu: size, udpPayload: 1_452 });
      const largeInSession = large.filter(inSession).length;
      expect(largeInSession).toBeGreaterThan(50);
      expect(rowA.piecesSent).toBeGreaterThanOrEqual(largeInSession * 12);
      expect(rowB!.packetsJoined).toBeGreaterThanOrEqual(largeInSession);
      expect(rowB!.drops["incomplete"]).toBeLessThanOrEqual(late);
      expect(rowB!.drops["pieceRefused"]).toBe(0);
    });

    test("come whole or not at all over a wire that loses 2 %, and the link then prefers small ones", async () => {
      const { linkA, linkB, relay, a, b } = await hood.relayedPair(narrow);
      const random = new Random(7);
      relay.lose = () => random.chance(0.02);
      // A busy machine drops packets that have to wait, and this test is about packets that the wire loses.
      const hasLeft = async () => {
        const { packetsSent, drops } = (await linkA.status()).clusters[0]!.links[0]!;
        return packetsSent + drops["queueLate"]!;
      };
      const sent: Uint8Array[] = [];
      while (sent.length < 150 || a.status("b")?.preferredMtu !== 1_419) {
        expect(sent.length, "the preference").toBeLessThan(1_500);
        const packet = numbered(sent.length, size);
        a.send("b", packet);
        a.send("b", numbered(sent.length, 60));
        sent.push(packet);
        // A packet that is dropped when some of its pieces were sent counts as both.
        await expect.poll(hasLeft, SOON).toBeGreaterThanOrEqual(2 * sent.length);
      }
      await until("most small ones", () => numbersOf(b, 60).length >= 0.9 * sent.length);
      const large = b.received.filter(({ packet }) => packet.length === size);
      expect(large.length).toBeGreaterThan(0.5 * sent.length);
      for (const { packet } of large) expect(Buffer.compare(packet, sent[(packet[0]! << 8) | packet[1]!]!)).toBe(0);
      const [row] = (await linkB.status()).clusters[0]!.links;
      expect(row!.drops["incomplete"], "given up for newer ones").toBeGreaterThan(0);
      expect(a.status("b")).toMatchObject({ state: "up", mtu: size });
    });

    test("over loopback, which has large frames, go in one or two UDP payloads", async () => {
      let nodes = await hood.relayedPair({});
      const row = async () => (await nodes.linkA.status()).clusters[0]!.links[0]!;
      // A machine that is too busy to answer three probes in time takes the path for a narrow one.
      for (let tries = 0; tries < 20 && (await row()).udpPayload < 16_383; tries++) nodes = await hood.relayedPair({});
      const { a, b } = nodes;
      for (let i = 0; i < 10; i++) {
        const send = (): boolean => a.send("b", numbered(i, size));
        await sendUntil(`packet ${i}`, send, () => numbersOf(b, size).includes(i));
      }
      expect(await row()).toMatchObject({ udpPayload: 16_383, preferredMtu: size });
    });
  });
}

function numbered(number: number, length: number): Uint8Array {
  const packet = randomBytes(length);
  packet.writeUInt16BE(number);
  return Uint8Array.from(packet);
}

const numbersOf = ({ received }: FakeVertex, length: number): number[] =>
  received.filter(({ packet }) => packet.length === length).map(({ packet }) => (packet[0]! << 8) | packet[1]!);
