/** The order of packets of one in-link in a link's queue, the shares of its classes and connections, and which packets go when there is no room. */
import { LINK_NONE, TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONTROL_BURST,
  CONTROL_PART,
  LINK_MTU,
  QUEUE_BYTES_MAX,
  QUEUE_CLASS_COSTS,
  QUEUE_CLASS_DELAYS_MAX_MS,
  QUEUE_CLASS_PARTS,
  QUEUE_FLOWS,
  QUEUE_PACKETS_MAX,
  QUEUE_RING_MAX,
} from "../../../src/quic-link/limits.ts";
import { PacketQueue } from "../../../src/quic-link/queue/packet-queue.ts";
import { placeOf } from "../../../src/quic-link/queue/queue-place.ts";

/** The sender of a packet: its class, the link it came in on, its connection. */
interface Sender {
  readonly class: TrafficClass;
  readonly inLink: number;
  readonly connection: number;
}

const { bulk, control, dns, droppable, interactive, reliable } = TrafficClass;
const BODY = 12;
/** The number in packets whose numbers a test does not read. */
const NOBODY = 0xffff_ffff;

function sender(trafficClass: TrafficClass, inLink: number = LINK_NONE, connection = 0): Sender {
  return { class: trafficClass, inLink, connection };
}

/** A mesh packet of a sender, with a number in its body. */
function packetOf(of: Sender, number: number, length = 1_000): Uint8Array {
  const packet = new Uint8Array(length).fill(number);
  packet[0] = 0x10 | (of.class << 1);
  // The cursor is 0, so that the packet has no share.
  packet[3] = 0;
  packet[BODY - 1] = of.connection;
  new DataView(packet.buffer).setUint32(BODY, number);
  return packet;
}

class Link {
  readonly queue = new PacketQueue();
  now = 0;
  #number = 0;
  readonly #senders: Sender[] = [];

  push(of: Sender, length = 1_000): boolean {
    const packet = packetOf(of, this.#number++, length);
    this.#senders.push(of);
    return this.queue.push(packet, 0, length, placeOf(packet, 0, length, of.inLink), this.now);
  }

  /** Keeps eight packets of each sender in the queue, and sends `packets` of them; returns how many of each sender were sent. */
  share(among: readonly Sender[], packets: number, lengths: readonly number[] = []): number[] {
    const waiting = among.map(() => 0);
    const sent = among.map(() => 0);
    for (let turn = 0; turn < packets; turn++) {
      for (const [index, of] of among.entries()) {
        for (; waiting[index]! < 8; waiting[index]!++) expect(this.push(of, lengths[index])).toBe(true);
      }
      const index = among.indexOf(this.poll()!);
      sent[index]!++;
      waiting[index]!--;
    }
    return sent;
  }

  poll(): Sender | undefined {
    if (!this.queue.pollPacket(this.now)) return undefined;
    const { packet, start } = this.queue;
    return this.#senders[new DataView(packet.buffer, packet.byteOffset + start).getUint32(BODY)];
  }

  drain(): Sender[] {
    return Array.from({ length: this.queue.length }, () => this.poll()!);
  }
}

describe("the order of classes", () => {
  test("control goes first, droppable last, and what nobody waited for goes ahead of what has had its share", () => {
    const link = new Link();
    for (const of of [droppable, bulk, reliable, interactive, dns, control]) {
      for (let packets = 0; packets < 3; packets++) link.push(sender(of));
    }
    const order = link.drain().map((of) => TRAFFIC_CLASS_NAMES[of.class]);
    expect(order.slice(0, 3)).toEqual(["control", "control", "control"]);
    expect(order.slice(-3)).toEqual(["droppable", "droppable", "droppable"]);
    // Each of the four classes begins at once; bulk alone has had its share by then, and goes last of them.
    expect(new Set(order.slice(3, 7))).toEqual(new Set(["bulk", "dns", "interactive", "reliable"]));
    expect(order.slice(-5, -3)).toEqual(["bulk", "bulk"]);
  });

  test("classes share a link by their weights", () => {
    const among = [dns, interactive, reliable, bulk];
    const sent = new Link().share(
      among.map((of) => sender(of)),
      37 * 40,
    );
    const weights = among.map((of) => 16 / QUEUE_CLASS_COSTS[of]!);
    expect(weights).toEqual([16, 16, 4, 1]);
    for (const [index, packets] of sent.entries()) {
      expect(Math.abs(packets - 40 * weights[index]!)).toBeLessThanOrEqual(2);
    }
  });

  test("a packet that comes when its class has not sent for long is the next one", () => {
    const link = new Link();
    for (let packets = 0; packets < 100; packets++) link.push(sender(bulk));
    for (let packets = 0; packets < 50; packets++) expect(link.poll()!.class).toBe(bulk);
    link.push(sender(interactive));
    expect(link.poll()!.class).toBe(interactive);
  });

  test("a number that means nothing is as reliable", () => {
    const queue = new PacketQueue();
    for (const first of [0x1c, 0x1e, 0x22])
      queue.push(new Uint8Array(20).fill(first), 0, 20, placeOf(new Uint8Array(20).fill(first), 0, 20, 3), 0);
    while (queue.pollPacket(0));
    expect(queue.counts[reliable]!.packetsSent).toBe(3);
  });
});

describe("whoever marks all of his packets as control, behind the same neighbour as others", () => {
  const honest = sender(reliable, 1, 1);
  const greedy = sender(control, 1, 2);

  test("goes ahead with little of it", () => {
    const link = new Link();
    for (let packets = 0; packets < 100; packets++) link.push(honest);
    for (let packets = 0; packets < 60; packets++) link.push(greedy);
    const first = link.drain().findIndex((of) => of === honest);
    expect(first).toBe(Math.floor(CONTROL_BURST / 1_000));
  });

  test("has little more in the long run than whoever does not", () => {
    const sent = new Link().share([honest, greedy], 4_000);
    // Apart from the packets that go ahead, the two are connections of one class.
    const ahead = CONTROL_BURST / 1_000 + 4_000 / CONTROL_PART;
    expect(Math.abs(sent[1]! - sent[0]! - ahead)).toBeLessThanOrEqual(2);
  });

  test("keeps nobody's control behind another neighbour's", () => {
    const link = new Link();
    for (let packets = 0; packets < 200; packets++) link.push(greedy);
    link.push(sender(control, 2));
    const before = link.drain().findIndex((of) => of.inLink === 2);
    expect(before).toBeLessThanOrEqual(1);
  });
});

describe("shares within a class", () => {
  test("are fair among links first, then among their connections", () => {
    const one = sender(bulk, 1);
    const crowd = Array.from({ length: 9 }, (_, connection) => sender(bulk, 2, connection));
    const sent = new Link().share([one, ...crowd], 1_800);
    expect(Math.abs(sent[0]! - 900)).toBeLessThanOrEqual(2);
    for (const packets of sent.slice(1)) expect(Math.abs(packets - 100)).toBeLessThanOrEqual(2);
  });

  test("are of bytes, not of packets", () => {
    const [large, small] = new Link().share([sender(bulk, 1), sender(bulk, 2)], 1_700, [8_000, 500]);
    expect(Math.abs(large! - 100)).toBeLessThanOrEqual(1);
    expect(Math.abs(small! - 1_600)).toBeLessThanOrEqual(16);
  });

  test("one who sends little does not wait for those who fill the queue", () => {
    const link = new Link();
    const crowd = Array.from({ length: 8 }, (_, connection) => sender(reliable, 1, connection));
    const little = sender(reliable, 1, 9);
    for (let packets = 0; packets < 40; packets++) for (const of of crowd) link.push(of);
    for (let packets = 0; packets < 100; packets++) expect(link.poll()).not.toBe(little);
    link.push(little);
    const turns = Array.from({ length: 10 }, () => link.poll());
    expect(turns).toContain(little);
  });

  test("who comes late has no more of a link for it", () => {
    const link = new Link();
    const [first, late] = [sender(bulk, 1), sender(bulk, 2)];
    for (let packets = 0; packets < 1_000; packets++) {
      link.push(first);
      link.push(first);
      if (packets >= 300) expect(link.poll()).toBe(first);
      else link.drain();
    }
    for (let packets = 0; packets < 100; packets++) link.push(late);
    const turns = Array.from({ length: 100 }, () => link.poll());
    expect(Math.abs(turns.filter((of) => of === late).length - 50)).toBeLessThanOrEqual(1);
  });

  test("one bulk connection does not own a relay's queue: another one's packets find room in a full one, and leave in turn", () => {
    const link = new Link();
    const [first, second] = [sender(bulk, 1, 1), sender(bulk, 1, 2)];
    while (link.push(first));
    expect(link.queue.length).toBe(QUEUE_PACKETS_MAX);
    for (let packets = 0; packets < 100; packets++) expect(link.push(second)).toBe(true);
    expect(link.queue.length).toBe(QUEUE_PACKETS_MAX);
    const sent = Array.from({ length: 100 }, () => link.poll());
    expect(sent.filter((of) => of === second)).toHaveLength(50);
  });

  test("hundreds of thousands of connections of one neighbour cost no memory, and another neighbour nothing", () => {
    const link = new Link();
    const places = new Set<number>();
    const honest = sender(reliable, 2, 200);
    let sent = 0;
    for (let connection = 0; connection < 200_000; connection++) {
      const packet = packetOf(sender(reliable, 1), NOBODY, 40);
      new DataView(packet.buffer).setUint32(BODY - 4, connection);
      const place = placeOf(packet, 0, 40, 1);
      places.add(place);
      link.queue.push(packet, 0, 40, place, 0);
      if (connection % 1_000 === 0) expect(link.push(honest, 40)).toBe(true);
      // Half of the packets that leave are the honest connection's, as long as it has something to send.
      if (connection % 1_000 === 1 && link.poll() === honest) sent++;
      if (connection % 1_000 === 2 && link.poll() === honest) sent++;
    }
    expect(places.size).toBe(QUEUE_FLOWS);
    expect(sent).toBe(200);
    expect(link.queue.memory).toBeLessThanOrEqual(128 * 1_024);
  });
});

describe("bounds", () => {
  test.each(Object.entries(TrafficClass))(
    "%s of an in-link holds its part of packets and bytes, and no more",
    (_, of) => {
      const part = QUEUE_CLASS_PARTS[of]!;
      const most = { packets: QUEUE_PACKETS_MAX / part, large: Math.floor(QUEUE_BYTES_MAX / part / LINK_MTU) };
      const byPackets = new Link();
      for (let packets = 0; packets < QUEUE_PACKETS_MAX + 50; packets++) byPackets.push(sender(of, 1), 20);
      byPackets.drain();
      expect(byPackets.queue.counts[of]!.packetsSent).toBe(most.packets);
      // Control beyond its share counts as reliable, long before its bytes fill the queue.
      const large = of === control ? reliable : of;
      const byBytes = new Link();
      for (let packets = 0; packets < 400; packets++) byBytes.push(sender(large, 1), LINK_MTU);
      byBytes.drain();
      expect(byBytes.queue.counts[large]!.packetsSent).toBe(
        large === of ? most.large : Math.floor(QUEUE_BYTES_MAX / LINK_MTU),
      );
    },
  );

  test.each(Object.entries(TrafficClass))("%s waits for no longer than its time", (_, of) => {
    const link = new Link();
    link.push(sender(of));
    link.now = QUEUE_CLASS_DELAYS_MAX_MS[of]! - 1;
    link.push(sender(of));
    link.now++;
    expect(link.drain()).toEqual([sender(of), undefined]);
    expect(link.queue.counts[of]!.droppedLate).toBe(1);
  });

  test("also where its class never has its turn", () => {
    const link = new Link();
    link.push(sender(droppable));
    for (link.now = 1; link.now <= QUEUE_CLASS_DELAYS_MAX_MS[droppable]!; link.now++) {
      link.push(sender(reliable));
      link.push(sender(reliable));
      expect(link.poll()!.class).toBe(reliable);
    }
    expect(link.queue.counts[droppable]!.droppedLate).toBe(1);
  });

  test("droppable is the first to go, then the class that holds most for its weight", () => {
    const link = new Link();
    for (let packets = 0; packets < 100; packets++) link.push(sender(droppable));
    while (link.queue.length < QUEUE_PACKETS_MAX) link.push(sender(bulk));
    for (let packets = 0; packets < 100; packets++) expect(link.push(sender(interactive))).toBe(true);
    const dropped = (of: TrafficClass): number => link.queue.counts[of]!.droppedFull;
    expect([dropped(droppable), dropped(bulk)]).toEqual([100, 0]);
    expect(link.push(sender(droppable))).toBe(false);
    link.push(sender(reliable));
    expect(dropped(bulk)).toBe(1);
    expect(dropped(interactive) + dropped(reliable)).toBe(0);
  });

  test("whoever fills the places with small packets takes more than whoever has few large ones", () => {
    const link = new Link();
    while (link.push(sender(bulk, 1), 20));
    for (let packets = 0; packets < 20; packets++) expect(link.push(sender(bulk, 2), LINK_MTU)).toBe(true);
  });

  test("who holds most makes room within its class", () => {
    const link = new Link();
    for (let packets = 0; packets < QUEUE_PACKETS_MAX; packets++) {
      link.push(packets % 4 === 0 ? sender(bulk, 1) : sender(bulk, 2, packets % 2));
    }
    for (let packets = 0; packets < 10; packets++) expect(link.push(sender(bulk, 1))).toBe(true);
    const left = link.drain();
    expect(left.filter((of) => of.inLink === 1)).toHaveLength(QUEUE_PACKETS_MAX / 4 + 10);
  });

  test("a packet that stays while others pass does not make the memory grow", () => {
    const link = new Link();
    link.push(sender(bulk));
    link.poll();
    link.queue.hold();
    const { memory } = link.queue;
    for (let packets = 0; packets < 1_000; packets++) {
      link.push(sender(bulk, packets % 2));
      if (packets % 3 > 0) link.poll();
      if (link.queue.length > 4) link.drain();
    }
    expect(link.queue.memory).toBe(memory);
  });

  test("what others send holds nobody of the vertex itself back", () => {
    const link = new Link();
    while (link.push(sender(bulk, 1)));
    link.push(sender(reliable));
    expect(link.queue.congestedClasses !== 0).toBe(false);
    for (let packets = 0; packets < QUEUE_PACKETS_MAX; packets++) link.push(sender(reliable));
    expect(link.queue.congestedClasses !== 0).toBe(true);
  });
});

test("sources are not held back for packets of theirs that are gone, sent or not", () => {
  const link = new Link();
  for (let packets = 0; packets < QUEUE_PACKETS_MAX; packets++) link.push(sender(reliable));
  expect(link.queue.congestedClasses !== 0).toBe(true);
  link.now = QUEUE_CLASS_DELAYS_MAX_MS[reliable]!;
  link.push(sender(dns, 1));
  expect(link.poll()!.class).toBe(dns);
  expect(link.queue.congestedClasses !== 0).toBe(false);
});

test("each packet comes out as it went in, those of a connection in their order, whatever overtakes them", () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        class: fc.nat(5),
        inLink: fc.integer({ min: -1, max: 2 }),
        length: fc.integer({ min: 16, max: LINK_MTU }),
      }),
    },
    { weight: 2, arbitrary: fc.constantFrom("poll" as const, "hold" as const, "release" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_500, size: "max" }), (steps) => {
      const queue = new PacketQueue();
      const sent = new Map<number, Uint8Array>();
      const last = new Map<string, number>();
      let held: Uint8Array | undefined;
      for (const [number, step] of steps.entries()) {
        if (typeof step === "object") {
          const of = sender(step.class as TrafficClass, step.inLink);
          const packet = packetOf(of, number, step.length);
          queue.push(packet, 0, step.length, placeOf(packet, 0, step.length, step.inLink), number / 100);
          sent.set(number, packet);
        } else if (step === "release") {
          queue.release();
          held = undefined;
        } else if (queue.pollPacket(number / 100)) {
          const bytes = queue.packet.subarray(queue.start, queue.end);
          const came = new DataView(bytes.buffer, bytes.byteOffset).getUint32(BODY);
          const packet = sent.get(came)!;
          expect(Buffer.compare(bytes, packet)).toBe(0);
          sent.delete(came);
          const flow = `${bytes[0]} ${(steps[came] as { inLink: number }).inLink}`;
          // Control beyond its share goes through another class.
          if (bytes[0] !== 0x12) expect(came).toBeGreaterThan(last.get(flow) ?? -1);
          last.set(flow, came);
          if (step === "hold" && held === undefined) {
            queue.hold();
            held = packet;
          }
        }
        if (held !== undefined) {
          const kept = queue.packet.subarray(queue.heldStart, queue.heldStart + held.length);
          expect(Buffer.compare(kept, held)).toBe(0);
        }
        expect(queue.memory).toBeLessThanOrEqual(QUEUE_RING_MAX);
      }
    }),
    { numRuns: runs(40, 15) },
  );
});
