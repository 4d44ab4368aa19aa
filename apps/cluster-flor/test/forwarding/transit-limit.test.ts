import { describe, expect, test } from "vitest";
import { TransitLimit } from "@florenetes/forwarding";
import { IN_LINK, Recorder, TO_B, TO_C, config, frameOf, packetOf } from "./recorder.ts";

const [B, C] = [1, 2];
const FEW = { packetsPerSecond: 3, bytesPerSecond: 1_000_000 };

function sentTo(recorder: Recorder, link: number): number {
  return recorder.packets.filter(({ to }) => to === `link ${link}`).length;
}

describe("what passes from one link to another", () => {
  test("is limited in packets, for each direction of each pair by itself", () => {
    const recorder = new Recorder({ ...config, transitLimit: FEW });
    const { forwarder } = recorder;
    forwarder.handleFrame(IN_LINK, frameOf(Array.from({ length: 5 }, () => packetOf([TO_B, 1]))));
    expect(sentTo(recorder, B)).toBe(3);
    forwarder.handleFrame(IN_LINK, frameOf([packetOf([TO_C, 1])]));
    forwarder.handleFrame(B, frameOf([packetOf([101, 1])]));
    expect([sentTo(recorder, C), sentTo(recorder, IN_LINK)]).toEqual([1, 1]);
    expect(recorder.drops()).toEqual({ transitLimit: 2 });
    expect(forwarder.snapshot().links[IN_LINK]!.drops).toMatchObject({ transitLimit: 2 });
    expect(forwarder.snapshot().transit).toEqual([
      { inLink: "a", outLink: "b", packets: 3, packetsDropped: 2 },
      { inLink: "b", outLink: "a", packets: 1, packetsDropped: 0 },
      { inLink: "c", outLink: "a", packets: 0, packetsDropped: 0 },
      { inLink: "a", outLink: "c", packets: 1, packetsDropped: 0 },
    ]);
  });

  test("is one amount for adjacency labels and cross-connects between the same links", () => {
    const recorder = new Recorder({ ...config, transitLimit: FEW });
    const labels = [[TO_B, 1], [500], [600, TO_B, 1], [500]];
    recorder.forwarder.handleFrame(IN_LINK, frameOf(labels.map((list) => packetOf(list))));
    expect(sentTo(recorder, B)).toBe(3);
    expect(recorder.drops()).toEqual({ transitLimit: 1 });
  });

  test("is limited in bytes; a packet that is too much leaves the rest to smaller ones", () => {
    const recorder = new Recorder({ ...config, transitLimit: { packetsPerSecond: 100, bytesPerSecond: 1_000 } });
    const sizes = [600, 600, 300];
    const packets = sizes.map((size) => packetOf([TO_B, 1], size - 20));
    recorder.forwarder.handleFrame(IN_LINK, frameOf(packets));
    expect(recorder.packets.map(({ packet }) => packet.length / 2)).toEqual([600, 300]);
    expect(recorder.drops()).toEqual({ transitLimit: 1 });
  });

  test("a frame goes whole as long as there is enough, and its packets in order after that", () => {
    const recorder = new Recorder({ ...config, transitLimit: FEW });
    const pair = [packetOf([TO_B, 1]), packetOf([TO_B, 1])];
    recorder.forwarder.handleFrame(IN_LINK, frameOf(pair));
    recorder.forwarder.handleFrame(IN_LINK, frameOf(pair));
    expect(recorder.actions).toEqual(["frame of 2 to 1", "packet to 1"]);
  });

  test("comes back with time, up to what a second brings", () => {
    const limit = new TransitLimit(1, { packetsPerSecond: 10, bytesPerSecond: 1_000_000 });
    const takeAll = (now: number): number => {
      limit.handleTime(now);
      let taken = 0;
      while (taken < 100 && limit.take(0, 100)) taken++;
      return taken;
    };
    const at = 5_000_000.25;
    expect(takeAll(at)).toBe(10);
    expect(takeAll(at + 99)).toBe(0);
    expect(takeAll(at + 100)).toBe(1);
    expect(takeAll(at + 250)).toBe(1);
    expect(takeAll(at + 300)).toBe(1);
    expect(takeAll(at + 60_000)).toBe(10);
    // In steps of a millisecond nothing is lost to rounding.
    let taken = 0;
    for (let ms = 1; ms <= 10_000; ms++) taken += takeAll(at + 60_000 + ms);
    expect(taken).toBe(100);
  });
});
