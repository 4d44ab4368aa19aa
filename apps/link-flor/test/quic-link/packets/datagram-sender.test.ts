import type { QuicConnection } from "@florenetes/quic";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JoinBuffers, Joiner } from "../../../src/quic-link/packets/joiner.ts";
import { LINK_MTU } from "../../../src/quic-link/limits.ts";
import { PROBE_PLACE } from "../../../src/quic-link/queue/queue-place.ts";
import { DatagramSender } from "../../../src/quic-link/packets/datagram-sender.ts";
import { packetFigures } from "../../../src/quic-link/sessions/session-figures.ts";

const datagramMax = 1_420;

/** An engine that puts as many datagrams into a QUIC packet as fit, and gives it when it is asked. */
class FakeEngine {
  readonly queued: Uint8Array[] = [];
  readonly sent: Uint8Array[] = [];

  sendDatagram(datagram: Uint8Array): boolean {
    this.queued.push(Uint8Array.from(datagram));
    return true;
  }

  datagramSendQueueLength(): number {
    return this.queued.length;
  }

  transmit(): boolean {
    if (this.queued.length === 0) return false;
    for (let room = datagramMax; this.queued.length > 0 && this.queued[0]!.length <= room;) {
      room -= this.queued[0]!.length;
      this.sent.push(this.queued.shift()!);
    }
    return true;
  }
}

function makeSender(): {
  sender: DatagramSender;
  engine: FakeEngine;
  send: (packet: Uint8Array) => boolean;
  drain: () => void;
} {
  const engine = new FakeEngine();
  const sender = new DatagramSender(engine as unknown as QuicConnection);
  sender.datagramMax = datagramMax;
  const send = (packet: Uint8Array): boolean => {
    const frame = Uint8Array.of(7, 8, 9, ...packet);
    const isTaken = sender.send(frame, 3, frame.length, PROBE_PLACE, 0);
    expect([...frame.subarray(0, 3)], "what precedes the packet").toEqual([7, 8, 9]);
    return isTaken;
  };
  const drain = (): void => {
    for (sender.refill(0); engine.transmit(); sender.refill(0)) sender.handleTransmitted();
  };
  return { sender, engine, send, drain };
}

/** The packets that the other end makes of the datagrams, in order. */
function receive(datagrams: readonly Uint8Array[]): Uint8Array[] {
  const joiner = new Joiner(new JoinBuffers());
  return datagrams.flatMap((datagram) => {
    if (datagram[0] === 0) return [datagram.slice(1)];
    const length = joiner.handlePiece(datagram, datagram.length, 0);
    return length === 0 ? [] : [joiner.packet.slice(0, length)];
  });
}

const packet = (name: number, length: number): Uint8Array => new Uint8Array(length).fill(name);
const namesOf = (packets: readonly Uint8Array[]): number[] => packets.map(({ [0]: name }) => name!);

test.each([1_000, 4_000])(
  "a probe of %i bytes is not counted, neither while it waits nor when it was sent",
  (length) => {
    const { sender, send, drain } = makeSender();
    const counted = (): unknown => {
      const { packetsSent, bytesSent, classes } = packetFigures(sender, new Joiner(new JoinBuffers()), 0, 0);
      return { packetsSent, bytesSent, classes: classes.map((of) => [of.packetsSent, of.bytesSent]) };
    };
    const none = counted();
    const probe = new Uint8Array(3 + length);
    sender.sendProbe(probe, 3, 0);
    expect(counted()).toEqual(none);
    drain();
    expect(counted()).toEqual(none);
    send(packet(1, 100));
    drain();
    expect(counted()).toMatchObject({ packetsSent: 1, bytesSent: 100, classes: expect.arrayContaining([[1, 100]]) });
  },
);

describe("packets given to the engine", () => {
  test("arrive as they were sent, whatever their sizes; the engine holds no more than fills a QUIC packet", () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: LINK_MTU }));
    fc.assert(
      fc.property(fc.array(fc.oneof(length, fc.constant("turn" as const)), { maxLength: 60 }), (steps) => {
        const { sender, engine, send, drain } = makeSender();
        const sent: Uint8Array[] = [];
        for (const [i, step] of steps.entries()) {
          if (step !== "turn") {
            sent.push(packet(i, step));
            send(sent.at(-1)!);
          } else {
            sender.refill(0);
            engine.transmit();
            sender.handleTransmitted();
          }
          expect(engine.queued.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(datagramMax);
        }
        drain();
        const received = receive(engine.sent);
        expect(namesOf(received).toSorted((a, b) => a - b)).toEqual(namesOf(sent));
        for (const each of received)
          expect(
            Buffer.compare(
              each,
              sent.find(({ [0]: name }) => name === each[0])!,
            ),
          ).toBe(0);
        expect(sender.packetsSent).toBe(sent.length);
        // A small packet overtakes at most one large one.
        const places = sent.map(({ [0]: name }) => namesOf(received).indexOf(name!));
        for (const [i, place] of places.entries()) {
          const overtaken = places.slice(0, i).filter((earlier) => earlier > place).length;
          expect(overtaken).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("small ones go between the pieces of a large one, and do not starve it", () => {
    const { engine, send, drain } = makeSender();
    send(packet(1, LINK_MTU));
    for (let i = 0; i < 30; i++) send(packet(100 + i, 700));
    send(packet(2, LINK_MTU));
    send(packet(3, 10));
    drain();
    const names = namesOf(receive(engine.sent));
    expect(names.slice(-2), "the next small one overtakes the second large one only").toEqual([3, 2]);
    // Two of 700 bytes fill the QUIC packet between two pieces: 12 pieces leave 11 such places.
    expect(names.indexOf(1)).toBe(22);
  });
});
