import { wordsOf, writeHeader, PassedPackets } from "@florenetes/forwarding";
import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { ForwardingConfig } from "../../src/forwarding/forwarding-config.ts";
import { IN_LINK, Recorder, TO_B, config, frameOf, linkOf, packetOf } from "./recorder.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const random = new Random(3);
const [HIGH, LOW] = [5, 6];

/** A packet whose payload nobody has sent before. */
function newPacket(labels: readonly number[], { hopLimit = 20, size = 30 } = {}): Uint8Array {
  const packet = new Uint8Array(12 + 4 * labels.length + size);
  packet.set(random.bytes(size), writeHeader(packet, 0, HIGH, LOW, wordsOf(labels), hopLimit));
  return packet;
}

function withHopLimit(packet: Uint8Array, hopLimit: number): Uint8Array {
  const copy = packet.slice();
  copy[1] = hopLimit;
  return copy;
}

describe("a packet that was here before", () => {
  const isCircling = (passed: PassedPackets, packet: Uint8Array, pair = 0): boolean =>
    passed.isCircling(packet, 0, packet.length, pair);

  test("circles if it has a lower hop limit, and only by the same pair of links", () => {
    const passed = new PassedPackets(7);
    const packet = newPacket([TO_B, 1]);
    expect(isCircling(passed, packet)).toBe(false);
    expect(isCircling(passed, withHopLimit(packet, 17))).toBe(true);
    expect(isCircling(passed, withHopLimit(packet, 17), 1)).toBe(false);
    expect(isCircling(passed, withHopLimit(packet, 17)), "and is not forgotten by it").toBe(true);
  });

  test("does not if it was sent twice as it was, or by a shorter way", () => {
    const passed = new PassedPackets(7);
    const packet = newPacket([TO_B, 1]);
    for (const hopLimit of [20, 20, 20, 25, 25]) expect(isCircling(passed, withHopLimit(packet, hopLimit))).toBe(false);
  });

  test("is known whatever its words are by now, and by its ConnectionId alone where it has next to no payload", () => {
    for (const size of [0, 3, 7, 8, 9, 1_200]) {
      const passed = new PassedPackets(7);
      const packet = newPacket([TO_B, 7, 8, 1], { size });
      isCircling(passed, packet);
      const later = withHopLimit(packet, 17);
      later[3] = 3;
      later.fill(0xab, 12, 24);
      expect(isCircling(passed, later), `${size} bytes`).toBe(true);
    }
  });

  test("is told from others that are alike in any bit of the ConnectionId or of its end", () => {
    const passed = new PassedPackets(7);
    const packet = newPacket([TO_B, 1]);
    isCircling(passed, packet);
    for (const at of [
      ...Array.from({ length: 8 }, (_, i) => 4 + i),
      ...Array.from({ length: 8 }, (_, i) => packet.length - 1 - i),
    ]) {
      const other = withHopLimit(packet, 17);
      other[at]! ^= 1;
      expect(isCircling(passed, other), `byte ${at}`).toBe(false);
    }
  });

  test("is not taken for another one by chance: of a million with lower hop limits none is", () => {
    const passed = new PassedPackets(7);
    const packet = newPacket([TO_B, 1]);
    for (let count = 0; count < 1_000_000; count++) {
      packet[packet.length - 1] = count;
      packet[packet.length - 2] = count >>> 8;
      packet[packet.length - 3] = count >>> 16;
      packet[1] = 31 - (count >>> 15);
      if (packet[1] === 0) break;
      if (isCircling(passed, packet)) throw new Error(`packet ${count} was taken for another`);
    }
  });
});

test("a forwarder drops what circles, counts it by its in-link, and lets the rest of the frame go on", () => {
  const recorder = new Recorder();
  const [packet, other] = [newPacket([TO_B, 1]), newPacket([TO_B, 1])];
  recorder.forwarder.handleFrame(IN_LINK, frameOf([packet]));
  recorder.forwarder.handleFrame(IN_LINK, frameOf([other, withHopLimit(packet, 17)]));
  expect(recorder.actions).toEqual(["frame of 1 to 1", "packet to 1"]);
  expect(recorder.drops()).toEqual({ circling: 1 });
  expect(recorder.forwarder.snapshot().links[IN_LINK]!.drops).toMatchObject({ circling: 1 });
});

describe("a triangle of permitted pairs", () => {
  const size = 3;
  const labelOf = (vertex: number, link: number): number => 100 + 10 * vertex + link;
  // Link 0 leads to the attacker, 1 to the next vertex, 2 to the one before. An LSP that operators have made goes round, too.
  const configOf = (vertex: number): ForwardingConfig => ({
    ...config,
    links: SlotMap.of([0, 1, 2].map((link) => linkOf(`l${link}`, labelOf(vertex, link)))),
    transit: [
      [0, 1],
      [1, 2],
    ],
    crossConnects: [{ from: { link: 2, label: 500 }, to: { link: 1, label: 500 } }],
    lspEnds: [],
    services: new SlotMap(),
  });

  /** Sends packets into the first vertex, and returns how often each link of the ring has carried one. */
  function carried(packets: readonly Uint8Array[]): number[] {
    const ring = Array.from({ length: size }, (_, vertex) => new Recorder(configOf(vertex)));
    for (const packet of packets) {
      ring[0]!.forwarder.handleFrame(0, frameOf([packet]));
      // Each vertex in turn sends on the packets that came to it, until no packet has moved in a whole round.
      for (let at = 0, idle = 0; idle < size; at = (at + 1) % size) {
        const frames = ring[at]!.frames.splice(0);
        idle = frames.length > 0 ? 0 : idle + 1;
        for (const frame of frames) ring[(at + 1) % size]!.forwarder.handleFrame(2, frame);
      }
    }
    return ring.map((recorder) => recorder.packets.filter(({ to }) => to === "link 1").length);
  }

  test.each([
    { by: "adjacency labels", labels: Array.from({ length: 16 }, (_, at) => labelOf(at % size, 1)) },
    { by: "cross-connects", labels: [labelOf(0, 1), 500] },
  ])("is crossed once by a packet that circles by $by, and the first link of it once more", ({ labels }) => {
    for (const payload of [0, 30]) {
      const packets = Array.from({ length: 10 }, () => newPacket(labels, { hopLimit: 255, size: payload }));
      expect(carried(packets)).toEqual([20, 10, 10]);
    }
    expect(carried(Array.from({ length: 10 }, () => packetOf(labels)))).toEqual([20, 10, 10]);
  });
});
