import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAYLOAD_LADDER } from "../../../src/quic-link/limits.ts";
import {
  MtuProbe,
  ProbeKind,
  probeKindOf,
  spreadOfAnswer,
  turnIntoAnswer,
  writeProbe,
} from "../../../src/quic-link/sizes/mtu-probe.ts";

/** Runs the probes over a path that carries packets up to a size, and loses some. */
function run(sizeMax: number, isLost: (count: number) => boolean): { payload: number; probes: number; ms: number } {
  const probe = new MtuProbe(PAYLOAD_LADDER, 0);
  let probes = 0;
  let now = 0;
  for (; probe.proven === 0 && !probe.hasFailed && now < 60_000; now++) {
    const size = probe.pollProbe(now, 1);
    if (size === 0) continue;
    probes++;
    if (size <= sizeMax && !isLost(probes)) probe.handleAnswer(size);
  }
  return { payload: probe.proven, probes, ms: now };
}

describe("the UDP payload of a link", () => {
  test.each([
    [9_000, 1_452, 1],
    [1_452, 1_452, 1],
    [1_451, 1_392, 6],
    [1_392, 1_392, 6],
    [1_391, 1_313, 11],
    [1_313, 1_313, 11],
    [1_312, 1_200, 16],
    [1_199, 0, 20],
  ])("on a path that carries %i is %i, after %i probes", (sizeMax, payload, probes) => {
    expect(run(sizeMax, () => false)).toMatchObject({ payload, probes });
  });

  test("is decided in little more than two seconds", () => {
    expect(run(0, () => false).ms).toBeLessThan(2_100);
  });

  test("does not shrink when four probes in a row are lost", () => {
    expect(run(1_452, (count) => count < 5)).toMatchObject({ payload: 1_452, probes: 5 });
  });

  test("takes a late answer to a larger probe", () => {
    const probe = new MtuProbe(PAYLOAD_LADDER, 0);
    for (let now = 0, size = 1_452; size === 0 || size === 1_452; now++) size = probe.pollProbe(now, 1);
    probe.handleAnswer(1_452);
    expect(probe.proven).toBe(1_452);
  });

  test("waits for two round trips on a slow path", () => {
    const probe = new MtuProbe(PAYLOAD_LADDER, 0);
    expect(probe.pollProbe(0, 400)).toBe(1_452);
    expect(probe.nextTimeout()).toBe(800);
  });
});

describe("probes", () => {
  const key = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

  test.each([1_280, 1_419, 16_384])("of %i bytes are known by the key, and so are their answers", (size) => {
    const probe = writeProbe(size, key, 3);
    expect(probe.length).toBe(3 + size);
    expect(probeKindOf(probe, 3, size, key)).toBe(ProbeKind.probe);
    turnIntoAnswer(probe, 3, 6.7123);
    expect(probeKindOf(probe, 3, size, key)).toBe(ProbeKind.answer);
    expect(spreadOfAnswer(probe, 3)).toBe(6.712);
    turnIntoAnswer(probe, 3, 1e12);
    expect(spreadOfAnswer(probe, 3)).toBe(4_294_967.295);
  });

  test("no packet without the key is one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const packet = writeProbe(1_419, key, 0);
        packet[at] = packet[at]! ^ change;
        expect(probeKindOf(packet, 0, packet.length, key)).toBe(ProbeKind.none);
      }),
    );
    expect(probeKindOf(key, 0, key.length, key)).toBe(ProbeKind.none);
  });
});
