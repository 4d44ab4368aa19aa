import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MtuProbe, ProbeKind, probeKindOf, turnIntoAnswer, writeProbe } from "../../src/quic-link/mtu-probe.ts";

/** What a path that carries packets up to a size and loses some makes of the probes. */
function run(sizeMax: number, isLost: (count: number) => boolean): { mtu: number; probes: number; ms: number } {
  const probe = new MtuProbe(0);
  let probes = 0;
  let now = 0;
  for (; probe.proven === 0 && !probe.hasFailed && now < 60_000; now++) {
    const size = probe.pollProbe(now, 1);
    if (size === 0) continue;
    probes++;
    if (size <= sizeMax && !isLost(probes)) probe.handleAnswer(size);
  }
  return { mtu: probe.proven, probes, ms: now };
}

describe("the MTU of a link", () => {
  test.each([
    [9_000, 1_420, 1],
    [1_420, 1_420, 1],
    [1_419, 1_360, 6],
    [1_360, 1_360, 6],
    [1_359, 1_280, 11],
    [1_280, 1_280, 11],
    [1_279, 0, 15],
  ])("on a path that carries %i is %i, after %i probes", (sizeMax, mtu, probes) => {
    expect(run(sizeMax, () => false)).toMatchObject({ mtu, probes });
  });

  test("is decided within two seconds", () => {
    expect(run(0, () => false).ms).toBeLessThan(2_000);
  });

  test("does not shrink when four probes in a row are lost", () => {
    expect(run(1_420, (count) => count < 5)).toMatchObject({ mtu: 1_420, probes: 5 });
  });

  test("takes a late answer to a larger probe", () => {
    const probe = new MtuProbe(0);
    for (let now = 0; probe.size === 1_420; now++) probe.pollProbe(now, 1);
    probe.handleAnswer(1_420);
    expect(probe.proven).toBe(1_420);
  });

  test("waits for two round trips on a slow path", () => {
    const probe = new MtuProbe(0);
    expect(probe.pollProbe(0, 400)).toBe(1_420);
    expect(probe.nextTimeout()).toBe(800);
  });
});

describe("probes", () => {
  const key = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

  test.each([1_420, 1_360, 1_280])("of %i bytes are known by the key, and so are their answers", (size) => {
    const probe = writeProbe(size, key);
    expect(probe.length).toBe(size);
    expect(probeKindOf(probe, size, key)).toBe(ProbeKind.probe);
    turnIntoAnswer(probe);
    expect(probeKindOf(probe, size, key)).toBe(ProbeKind.answer);
  });

  test("no packet without the key is one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const packet = writeProbe(1_420, key);
        packet[at] = packet[at]! ^ change;
        expect(probeKindOf(packet, packet.length, key)).toBe(ProbeKind.none);
      }),
    );
    expect(probeKindOf(key, key.length, key)).toBe(ProbeKind.none);
  });
});
