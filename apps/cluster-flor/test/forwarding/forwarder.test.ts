import { LABEL_CONNECTION, LabelError, returnWords, TrafficClass, writeHeader } from "@florenetes/forwarding";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ForwardingConfig } from "../../src/forwarding/forwarding-config.ts";
import { countsOf } from "./counts-of.ts";
import { LINK_NONE } from "../../src/forwarding/interfaces.ts";
import { LOOPBACK_BYTES_MAX } from "../../src/forwarding/limits.ts";
import {
  IN_LINK,
  Recorder,
  TO_A,
  TO_B,
  TO_C,
  WEB,
  config,
  frameOf,
  hexOf,
  linkOf,
  packetOf,
  serviceOf,
} from "./recorder.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

describe("a frame", () => {
  test("leaves whole, as the buffer that it came in, when all of it goes out on one link", () => {
    const recorder = new Recorder();
    const frame = frameOf([packetOf([TO_B, WEB]), packetOf([500]), packetOf([600, TO_B, WEB])]);
    recorder.forwarder.handleFrame(IN_LINK, frame);
    expect(recorder.actions).toEqual(["frame of 3 to 1"]);
    expect(recorder.frames[0]).toBe(frame);
  });

  test.each([
    {
      name: "other links",
      labels: [
        [TO_B, 1],
        [TO_C, 1],
        [TO_B, 1],
      ],
      actions: ["packet to 1", "packet to 2", "packet to 1"],
    },
    { name: "a drop at its end", labels: [[TO_B, 1], [TO_B, 1], [7]], actions: ["packet to 1", "packet to 1"] },
    { name: "a drop at its start", labels: [[7], [TO_B, 1], [TO_B, 1]], actions: ["packet to 1", "packet to 1"] },
    { name: "only drops", labels: [[7], [8]], actions: [] },
    {
      name: "some that end here",
      labels: [[TO_B, 1], [WEB], [TO_B, 1], [LABEL_CONNECTION], [600, 901]],
      actions: ["packet to 1", "service 0 from 0", "packet to 1", "connection from 0", "service 1 from 0", "frame end"],
    },
    { name: "one that ends here", labels: [[WEB]], actions: ["service 0 from 0", "frame end"] },
  ])("with $name goes packet by packet, in order", ({ labels, actions }) => {
    const recorder = new Recorder();
    recorder.forwarder.handleFrame(IN_LINK, frameOf(labels.map((list) => packetOf(list))));
    expect(recorder.actions).toEqual(actions);
  });

  test("comes to the same as its packets one by one", () => {
    const choices = [
      [TO_B, 1],
      [TO_B, 1],
      [TO_B, 1],
      [TO_C, 1],
      [500],
      [WEB],
      [LABEL_CONNECTION],
      [7],
      [TO_A, 1],
      [600, 901],
    ];
    const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const packets = Array.from({ length: random.between(1, 8) }, () =>
          packetOf(random.pick(choices), random.below(40)),
        );
        const together = new Recorder();
        const apart = new Recorder();
        for (const link of [1, 2]) {
          if (random.chance(0.2)) for (const recorder of [together, apart]) recorder.full.add(link);
          if (random.chance(0.2)) for (const recorder of [together, apart]) recorder.down.add(link);
          const preferred = random.between(20, 70);
          const sizes = [preferred + random.below(20), preferred] as const;
          if (random.chance(0.5)) for (const recorder of [together, apart]) recorder.mtus.set(link, sizes);
        }
        together.forwarder.handleFrame(IN_LINK, frameOf(packets));
        for (const packet of packets) apart.forwarder.handleFrame(IN_LINK, frameOf([packet]));
        expect(together.packets).toEqual(apart.packets);
        expect(countsOf(together.forwarder)).toEqual(countsOf(apart.forwarder));
        const [link] = together.forwarder.snapshot().links;
        const dropped = Object.values(link!.drops).reduce((sum, count) => sum + count, 0);
        expect(link!.packetsForwarded + link!.packetsDelivered + dropped).toBe(packets.length);
        expect(link!.packetsForwarded + link!.packetsDelivered).toBe(together.packets.length);
      }),
      { numRuns: runs(500, 100) },
    );
  });

  test("from no link is a mistake of this program", () => {
    const recorder = new Recorder();
    expect(() => recorder.forwarder.handleFrame(LINK_NONE, frameOf([packetOf([WEB])]))).toThrow("configured link");
  });
});

describe("a drop is counted by its cause", () => {
  test.each([
    { labels: [7], drops: { unknownLabel: 1 } },
    { labels: [2], drops: { operations: 1 } },
    { labels: [TO_A, WEB], drops: { transitDenied: 1 } },
    { labels: [WEB, WEB], drops: { labelsLeft: 1 } },
    { labels: [TO_B], drops: { noLabelLeft: 1 } },
  ])("$drops", ({ labels, drops }) => {
    const recorder = new Recorder();
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf(labels)]));
    expect(recorder.drops()).toEqual(drops);
    expect(recorder.forwarder.snapshot().links[IN_LINK]!.drops).toMatchObject(drops);
    expect(recorder.forwarder.snapshot().links[1]!.drops).not.toMatchObject(drops);
  });

  test("garbage instead of packets", () => {
    const recorder = new Recorder();
    recorder.forwarder.handleFrame(
      IN_LINK,
      frameOf([Uint8Array.of(1), new Uint8Array(50), new Uint8Array(50).fill(16)]),
    );
    expect(recorder.drops()).toEqual({ tooShort: 2, unknownVersion: 1 });
  });

  test("a link that is down or full, for whole frames, for single packets and for packets of this vertex", () => {
    const recorder = new Recorder();
    recorder.down.add(1);
    recorder.full.add(2);
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_B, 1]), packetOf([TO_B, 1])]));
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_C, 1]), packetOf([TO_B, 1])]));
    const own = packetOf([TO_B, WEB]);
    expect(recorder.forwarder.sendFromHere(1, own, 0, own.length)).toBe(false);
    expect(recorder.forwarder.sendFromHere(2, own, 0, own.length)).toBe(false);
    expect(recorder.drops()).toEqual({ linkDown: 4, linkFull: 2 });
    expect(recorder.packets).toEqual([]);
    expect(recorder.forwarder.isWritable(0, TrafficClass.reliable)).toBe(true);
    expect(recorder.forwarder.isWritable(1, TrafficClass.reliable)).toBe(false);
    expect(recorder.forwarder.isWritable(2, TrafficClass.reliable)).toBe(false);
  });
});

describe("a packet that is larger than its out-link prefers", () => {
  const small = packetOf([TO_B, WEB], 10);
  const middle = packetOf([TO_B, WEB], 30);
  const large = packetOf([TO_B, WEB], 50);
  const marked = (packet: string): boolean => packet.startsWith("11");

  function between(): Recorder {
    const recorder = new Recorder();
    recorder.mtus.set(1, [middle.length, small.length]);
    return recorder;
  }

  test("is marked, and dropped when the link does not carry it, in transit and from here", () => {
    const recorder = between();
    recorder.forwarder.handleFrame(IN_LINK, frameOf([small, middle, large]));
    for (const packet of [small, middle, large]) {
      recorder.forwarder.sendFromHere(1, packet.slice(), 0, packet.length);
    }
    expect(recorder.packets.map(({ packet }) => packet.length / 2)).toEqual([
      small.length,
      middle.length,
      small.length,
      middle.length,
    ]);
    expect(recorder.packets.map(({ packet }) => marked(packet))).toEqual([false, true, false, true]);
    expect(recorder.drops()).toEqual({ tooLarge: 2 });
  });

  test("costs no other frame its whole way", () => {
    const recorder = between();
    recorder.forwarder.handleFrame(IN_LINK, frameOf([small, small]));
    expect(recorder.actions).toEqual(["frame of 2 to 1"]);
  });

  test("keeps its mark on links that prefer nothing", () => {
    const recorder = new Recorder();
    const packet = middle.slice();
    packet[0]! |= 1;
    recorder.forwarder.handleFrame(IN_LINK, frameOf([packet]));
    expect(marked(recorder.packets[0]!.packet)).toBe(true);
  });

  test("is lost to the link, not to its size, where the link is down or full", () => {
    const recorder = between();
    recorder.full.add(1);
    recorder.forwarder.handleFrame(IN_LINK, frameOf([middle]));
    recorder.full.clear();
    recorder.down.add(1);
    recorder.forwarder.handleFrame(IN_LINK, frameOf([large]));
    expect(recorder.drops()).toEqual({ linkDown: 1, linkFull: 1 });
  });
});

describe("a packet of this vertex", () => {
  test("goes out on the first link of its path as it is", () => {
    const recorder = new Recorder();
    const packet = packetOf([TO_B, WEB]);
    const before = hexOf(packet, 0, packet.length);
    expect(recorder.forwarder.sendFromHere(2, packet, 0, packet.length)).toBe(true);
    expect(recorder.packets).toEqual([{ to: "link 2", packet: before }]);
  });

  test("for a service here is delivered after the turn, as a copy", () => {
    const recorder = new Recorder();
    const packet = packetOf([WEB]);
    const before = hexOf(packet, 0, packet.length);
    const buffer = new Uint8Array(packet.length + 20);
    buffer.set(packet, 10);
    expect(recorder.forwarder.sendFromHere(LINK_NONE, buffer, 10, 10 + packet.length)).toBe(true);
    buffer.fill(0);
    const answer = packetOf([LABEL_CONNECTION]);
    recorder.forwarder.sendFromHere(LINK_NONE, answer, 0, answer.length);
    expect(recorder.actions).toEqual([]);
    recorder.endTurn();
    expect(recorder.actions).toEqual(["service 0 from -1", "connection from -1", "frame end"]);
    expect(recorder.packets[0]).toEqual({ to: "service 0", packet: before });
    recorder.endTurn();
    expect(recorder.actions).toHaveLength(3);
    recorder.forwarder.sendFromHere(LINK_NONE, answer, 0, answer.length);
    recorder.endTurn();
    expect(recorder.actions.slice(3)).toEqual(["connection from -1", "frame end"]);
  });

  test("has no transit, and no labels of links", () => {
    const recorder = new Recorder();
    for (const labels of [[TO_B, WEB], [500], [600, WEB], [7]]) {
      const packet = packetOf(labels);
      expect(recorder.forwarder.sendFromHere(LINK_NONE, packet, 0, packet.length)).toBe(false);
    }
    recorder.endTurn();
    expect(recorder.actions).toEqual([]);
    expect(recorder.drops()).toEqual({ transitDenied: 1, unknownLabel: 3 });
  });

  test("finds a bounded queue to this vertex, which is free again after the turn", () => {
    const recorder = new Recorder();
    const packet = packetOf([WEB], LOOPBACK_BYTES_MAX / 4);
    const sent = Array.from({ length: 5 }, () => recorder.forwarder.sendFromHere(LINK_NONE, packet, 0, packet.length));
    expect(sent).toEqual([true, true, true, false, false]);
    expect(recorder.drops()).toEqual({ loopbackFull: 2 });
    recorder.endTurn();
    expect(recorder.forwarder.sendFromHere(LINK_NONE, packet, 0, packet.length)).toBe(true);
  });
});

test("the label table is shown with its counts", () => {
  const recorder = new Recorder();
  recorder.forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_B, 1]), packetOf([500]), packetOf([500])]));
  const none = { inLink: null, outLink: null, outLabel: null, service: null, packets: 0 };
  expect([...recorder.forwarder.entries()]).toEqual([
    { ...none, label: TO_A, operation: "pop", outLink: "a" },
    { ...none, label: TO_B, operation: "pop", outLink: "b", packets: 1 },
    { ...none, label: TO_C, operation: "pop", outLink: "c" },
    { ...none, label: WEB, operation: "deliver", service: "web" },
    { ...none, label: 901, operation: "deliver", service: "ssh" },
    { ...none, inLink: "a", label: 500, operation: "swap", outLink: "b", outLabel: 501, packets: 2 },
    { ...none, inLink: "b", label: 501, operation: "swap", outLink: "a", outLabel: 500 },
    { ...none, inLink: "a", label: 600, operation: "end" },
  ]);
});

test("labels that contradict each other make no forwarder", () => {
  const services = SlotMap.of([serviceOf("web", TO_A)]);
  expect(() => new Recorder({ ...config, services })).toThrow(LabelError);
});

test("a-b-c-d: the request arrives over two transit vertices, and the answer comes back", () => {
  const chain = (transit: ForwardingConfig["transit"], links: ForwardingConfig["links"]): ForwardingConfig => ({
    links,
    transit,
    transitLimit: config.transitLimit,
    crossConnects: [],
    lspEnds: [],
    services: SlotMap.of([serviceOf("web", WEB)]),
  });
  const a = new Recorder(chain([], SlotMap.of([linkOf("b", 101)])));
  const b = new Recorder(chain([[0, 1]], SlotMap.of([linkOf("a", 201), linkOf("c", 202)])));
  const c = new Recorder(chain([[1, 0]], SlotMap.of([linkOf("b", 301), linkOf("d", 302)])));
  const d = new Recorder(chain([], SlotMap.of([linkOf("c", 401)])));
  const lastPacket = (recorder: Recorder): Uint8Array =>
    Uint8Array.from(Buffer.from(recorder.packets.at(-1)!.packet, "hex"));

  const request = packetOf([202, 302, WEB]);
  a.forwarder.sendFromHere(0, request, 0, request.length);
  b.forwarder.handleFrame(0, frameOf([lastPacket(a)]));
  c.forwarder.handleFrame(0, frameOf([lastPacket(b)]));
  d.forwarder.handleFrame(0, frameOf([lastPacket(c)]));
  expect(d.packets.at(-1)!.to).toBe("service 0");

  const answer = packetOf([0, 0, 0]);
  writeHeader(answer, 0, 1, 2, returnWords(lastPacket(d), 0));
  d.forwarder.sendFromHere(0, answer, 0, answer.length);
  c.forwarder.handleFrame(1, frameOf([lastPacket(d)]));
  b.forwarder.handleFrame(1, frameOf([lastPacket(c)]));
  a.forwarder.handleFrame(0, frameOf([lastPacket(b)]));
  expect(a.packets.at(-1)!.to).toBe("connection");
});
