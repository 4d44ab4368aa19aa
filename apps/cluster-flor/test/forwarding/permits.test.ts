import { OffloadedTransit, setTrafficClass, TrafficClass } from "@florenetes/forwarding";
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

function packetIn(trafficClass: TrafficClass, labels: readonly number[], payload = 7): Uint8Array {
  const packet = packetOf(labels, payload);
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
        permits: ["p1"],
        bitsPerSecond: MEGABIT,
        classes: { interactive: passed, bulk: { packets: 0, bytes: 0, denied: 3 } },
      },
      {
        inLink: "c",
        outLink: "b",
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
  /** @param takesAllowances Whether it heeds allowances. */
  function offload(takesAllowances: boolean): { readonly fate: (inLink: number, packet: Uint8Array) => string } {
    const sent: number[] = [];
    const transit = new OffloadedTransit({
      packetSizeMax: 16_384,
      now: () => 1,
      seed: 1,
      send: (out) => void sent.push(out),
    });
    transit.handleAttached("c1");
    const up = { state: "up", mtu: 1_400, preferredMtu: 1_400, code: "", text: "", isCongested: false } as const;
    for (const [link, { peer, tag }] of permitted.links) transit.handleStatus({ ...up, peer, tag, handle: link + 1 });
    const table = new OfferedTable(permitted, 0);
    const { size: whole, packetsPerSecond, bytesPerSecond } = table;
    const changes = Array.from({ length: whole }, (_, at) => table.change(at, takesAllowances));
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
    const { fate } = offload(true);
    expect(fate(B, packetIn(interactive, [TO_C, 1]))).toBe(`link ${C}`);
    expect(fate(B, packetIn(bulk, [TO_C, 1]))).toBe("dropped");
    expect(fate(A, packetIn(bulk, [TO_B, 1]))).toBe(`link ${B}`);
  });

  test("gives up all packets of the two links where it does not", () => {
    const { fate } = offload(false);
    const fates = [
      fate(B, packetIn(interactive, [TO_C, 1])),
      fate(C, packetIn(bulk, [TO_B, 1])),
      fate(A, packetIn(bulk, [TO_B, 1])),
      fate(B, packetIn(bulk, [TO_A, 1])),
      fate(B, packetIn(bulk, [501])),
    ];
    expect(fates).toEqual(["up", "up", "up", "up", "up"]);
  });
});
