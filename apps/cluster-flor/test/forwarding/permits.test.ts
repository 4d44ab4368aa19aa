import { OffloadedTransit, setTrafficClass, TrafficClass } from "@florenetes/forwarding";
import type { HeededPermits } from "@florenetes/portal-api";
import { describe, expect, test } from "vitest";
import { SlotMap } from "../../src/config/slot-map.ts";
import type { ForwardingConfig } from "../../src/forwarding/forwarding-config.ts";
import { OfferedTable } from "../../src/forwarding/offered-table.ts";
import { config, frameOf, packetOf, Recorder, TO_A, TO_B, TO_C } from "./recorder.ts";

const { interactive, bulk } = TrafficClass;
const [A, B, C] = [0, 1, 2];
const MEGABIT = 1_000_000;

/** Links a and b are a pair of the file, and a permit opens b and c. */
const permitted: ForwardingConfig = {
  ...config,
  transit: [[A, B]],
  permits: [{ pair: [B, C], allowance: { classes: 1 << interactive, bitsPerSecond: MEGABIT }, ids: ["p1"] }],
};

let connections = 0;

/** A permit opens b and c for two shares. */
const shared: ForwardingConfig = {
  ...permitted,
  permits: [7, 9].map((share) => ({
    pair: [B, C],
    share,
    allowance: { classes: 1 << interactive, bitsPerSecond: share === 7 ? MEGABIT : 2 * MEGABIT },
    ids: [`p${share}`],
  })),
};

function packetIn(trafficClass: TrafficClass, labels: readonly number[], payload = 7, share = 0): Uint8Array {
  const packet = packetOf(labels, payload);
  for (const [at] of labels.entries()) {
    packet[14 + 4 * at]! |= share >> 8;
    packet[15 + 4 * at]! |= share & 0xff;
  }
  packet[11] = ++connections;
  setTrafficClass(packet, 0, trafficClass);
  return packet;
}

function frames(count: number, ...packet: Parameters<typeof packetIn>): Uint8Array {
  return frameOf(Array.from({ length: count }, () => packetIn(...packet)));
}

describe("a pair that a permit opens", () => {
  test("lets its classes pass in both directions, and no others; what came is counted by class", () => {
    const recorder = new Recorder(permitted);
    const { forwarder } = recorder;
    forwarder.handleFrame(B, frames(2, interactive, [TO_C, 1]));
    forwarder.handleFrame(C, frames(1, interactive, [TO_B, 1]));
    forwarder.handleFrame(B, frames(3, bulk, [TO_C, 1]));
    expect(recorder.packets.map(({ to }) => to)).toEqual([`link ${C}`, `link ${C}`, `link ${B}`]);
    expect(recorder.drops()).toEqual({ transitDenied: 3 });
    const passed = { packets: 2, bytes: 54, denied: 0 };
    expect(forwarder.snapshot().permits).toEqual([
      {
        inLink: "b",
        outLink: "c",
        share: 0,
        permits: ["p1"],
        bitsPerSecond: MEGABIT,
        classes: { interactive: passed, bulk: { packets: 0, bytes: 0, denied: 3 } },
      },
      {
        inLink: "c",
        outLink: "b",
        share: 0,
        permits: ["p1"],
        bitsPerSecond: MEGABIT,
        classes: { interactive: { packets: 1, bytes: 27, denied: 0 } },
      },
    ]);
  });

  test("lets no more pass than its rate, and a flood on it takes nothing of a pair of the file", () => {
    const recorder = new Recorder(permitted);
    const { forwarder } = recorder;
    // 30 packets of 10,000 bits are more than the 250,000 that may come at once.
    forwarder.handleFrame(B, frames(30, interactive, [TO_C, 1], 1_230));
    forwarder.handleFrame(B, frames(30, bulk, [TO_A, 1], 1_230));
    const sentTo = (link: number): number => recorder.packets.filter(({ to }) => to === `link ${link}`).length;
    expect([sentTo(C), sentTo(A), recorder.drops()]).toEqual([25, 30, { transitLimit: 5 }]);
    expect(forwarder.snapshot().permits[0]!.classes.interactive).toEqual({ packets: 25, bytes: 31_250, denied: 5 });
  });

  test("lets nothing pass once it has ended, under traffic; one that is renewed goes on counting", () => {
    const recorder = new Recorder(permitted);
    const { forwarder } = recorder;
    const offered = new SlotMap<OfferedTable>();
    forwarder.handleFrame(B, frames(25, interactive, [TO_C, 1], 1_230));
    forwarder.reconfigure({ ...permitted }, offered);
    forwarder.handleFrame(B, frames(1, interactive, [TO_C, 1], 1_230));
    expect(forwarder.snapshot().permits[0]!.classes.interactive, "a renewal fills no bucket").toMatchObject({
      packets: 25,
      denied: 1,
    });
    forwarder.reconfigure({ ...permitted, permits: [] }, offered);
    forwarder.handleFrame(B, frames(4, interactive, [TO_C, 1]));
    expect(recorder.packets).toHaveLength(25);
    expect(recorder.drops()).toEqual({ transitLimit: 1, transitDenied: 4 });
    forwarder.reconfigure(permitted, offered);
    forwarder.handleFrame(B, frames(1, interactive, [TO_C, 1]));
    expect(recorder.packets).toHaveLength(26);
  });
});

describe("a link vertex that forwards by itself", () => {
  function offload(
    heeds: HeededPermits,
    config = permitted,
  ): {
    readonly fate: (inLink: number, packet: Uint8Array) => string;
  } {
    const sent: number[] = [];
    const transit = new OffloadedTransit({
      packetSizeMax: 16_384,
      now: () => 1,
      seed: 1,
      send: (out) => void sent.push(out),
    });
    transit.handleAttached("c1");
    const up = { state: "up", mtu: 1_400, preferredMtu: 1_400, code: "", text: "", isCongested: false } as const;
    for (const [link, { peer, tag }] of config.links) transit.handleStatus({ ...up, peer, tag, handle: link + 1 });
    const table = new OfferedTable(config, 0);
    const { size: whole, packetsPerSecond, bytesPerSecond } = table;
    const changes = Array.from({ length: whole }, (_, at) => table.change(at, heeds));
    transit.handleChanges({ generation: 1, first: 0, whole, packetsPerSecond, bytesPerSecond, changes });
    expect(transit.progress).toEqual({ generation: 1, taken: whole, code: "" });
    const fate = (inLink: number, packet: Uint8Array): string => {
      sent.length = 0;
      if (!transit.handlePacket(inLink + 1, packet, 0, packet.length)) return "up";
      return sent.length === 0 ? "dropped" : `link ${sent[0]! - 1}`;
    };
    return { fate };
  }

  test("holds the pair to the permit where it heeds allowances", () => {
    const { fate } = offload("common");
    expect(fate(B, packetIn(interactive, [TO_C, 1]))).toBe(`link ${C}`);
    expect(fate(B, packetIn(bulk, [TO_C, 1]))).toBe("dropped");
    expect(fate(A, packetIn(bulk, [TO_B, 1]))).toBe(`link ${B}`);
  });

  test("gives up all packets of the two links where it does not", () => {
    const { fate } = offload("none");
    const fates = [
      fate(B, packetIn(interactive, [TO_C, 1])),
      fate(C, packetIn(bulk, [TO_B, 1])),
      fate(A, packetIn(bulk, [TO_B, 1])),
      fate(B, packetIn(bulk, [TO_A, 1])),
      fate(B, packetIn(bulk, [501])),
    ];
    expect(fates).toEqual(["up", "up", "up", "up", "up"]);
  });

  test.each(["common", "shares"] as const)("that heeds %s gets permits for shares only if it knows them", (heeds) => {
    const { fate } = offload(heeds, shared);
    const [ofShare, ofNone] = [packetIn(interactive, [TO_C, 1], 7, 7), packetIn(interactive, [TO_C, 1])];
    const isKnown = heeds === "shares";
    expect(fate(B, ofShare)).toBe(isKnown ? `link ${C}` : "up");
    expect(fate(B, ofNone)).toBe(isKnown ? "dropped" : "up");
    expect(fate(A, packetIn(interactive, [TO_B, 1])), "all packets for the links of such a pair").toBe(
      isKnown ? `link ${B}` : "up",
    );
  });
});

describe("shares of a pair", () => {
  const counted = (packets: number, denied: number): object => ({
    interactive: { packets, bytes: packets * 1_250, denied },
  });

  test("have a rate and counts each; one that has ended stops, and the other goes on counting", () => {
    const recorder = new Recorder(shared);
    const { forwarder } = recorder;
    const send = (share: number, count: number): number => {
      const before = recorder.packets.length;
      for (let sent = 0; sent < count; sent++) {
        forwarder.handleFrame(B, frameOf([packetIn(interactive, [TO_C, 1], 1_230, share)]));
      }
      return recorder.packets.length - before;
    };
    const rows = (): unknown[] =>
      forwarder
        .snapshot()
        .permits.filter(({ inLink }) => inLink === "b")
        .map(({ share, classes }) => [share, classes]);
    expect([send(7, 100), send(9, 100), send(8, 100), send(0, 100)]).toEqual([25, 50, 0, 0]);
    expect(rows()).toEqual([
      [7, counted(25, 75)],
      [9, counted(50, 50)],
    ]);
    expect(recorder.drops()).toEqual({ transitLimit: 125, transitDenied: 200 });
    const [, nine] = shared.permits!;
    forwarder.reconfigure({ ...shared, permits: [nine!] }, new SlotMap<OfferedTable>());
    expect([send(7, 10), send(9, 1)]).toEqual([0, 0]);
    expect(rows()).toEqual([[9, counted(50, 51)]]);
    forwarder.reconfigure(shared, new SlotMap<OfferedTable>());
    expect(send(7, 100)).toBe(25);
    expect(rows()).toEqual([
      [7, counted(25, 75)],
      [9, counted(50, 51)],
    ]);
  });

  test("are counted here as the link vertex tells, and those that are gone are not", () => {
    const offered = (config: ForwardingConfig): SlotMap<OfferedTable> =>
      new SlotMap([[0, new OfferedTable(config, 0)]]);
    const recorder = new Recorder(shared);
    const { forwarder } = recorder;
    forwarder.reconfigure(shared, offered(shared));
    const tell = (number: number, share: number, packets: number): void => {
      const row = { link: B, outLink: C, share, trafficClass: interactive, packets, bytes: 1_250 * packets };
      const classes = [{ ...row, packetsDenied: 0 }];
      forwarder.handleTransitReport(0, "l1", { number, generation: 1, links: [], pairs: [], labels: [], classes });
    };
    const packets = (): unknown[] =>
      forwarder.snapshot().permits.flatMap(({ inLink, share, classes }) => {
        return inLink === "b" ? [[share, classes.interactive!.packets]] : [];
      });
    tell(1, 7, 5);
    tell(2, 7, 8);
    tell(3, 9, 2);
    tell(4, 4_000, 2);
    expect(packets()).toEqual([
      [7, 8],
      [9, 2],
    ]);
    const [, nine] = shared.permits!;
    const without = { ...shared, permits: [nine!] };
    forwarder.reconfigure(without, offered(without));
    forwarder.reconfigure(shared, offered(shared));
    tell(5, 7, 1);
    tell(6, 9, 3);
    expect(packets(), "the link vertex counts from 0 for a share that comes again").toEqual([
      [7, 1],
      [9, 3],
    ]);
  });
});
