import { describe, expect, test } from "vitest";
import { newFlorioCounters } from "../src/counters.ts";
import { checkFrame, frameSource, FrameVerdict } from "../src/frame.ts";
import {
  FRAME_SIZE_MAX,
  PACKET_SIZE_MAX,
  QUEUE_BYTES_MAX,
  QUEUE_CONTROL_MAX,
  QUEUE_FRAMES_MAX,
} from "../src/limits.ts";
import { Outbox, SendFate } from "../src/outbox.ts";
import { naiveDecode, naiveEncode } from "./naive-codec.ts";

/** An outbox before a socket that accepts `room` frames, and then is full. */
function setUp() {
  const counters = newFlorioCounters();
  const outbox = new Outbox(counters);
  const sent: string[] = [];
  const sources: number[] = [];
  const socket = { room: Infinity, refusal: SendFate.full as SendFate };
  const send = (frame: Uint8Array): SendFate => {
    if (socket.room === 0) return socket.refusal;
    socket.room--;
    const decoded = naiveDecode(frame);
    if (decoded.kind === "data") sources.push(frameSource(frame));
    if (decoded.kind === "data") sent.push(`${decoded.handle}:${decoded.packets.map((packet) => packet[0]).join()}`);
    else if (decoded.kind === "control") sent.push(`control:${decoded.message[0]}`);
    else sent.push(decoded.kind);
    return SendFate.sent;
  };
  const packet = (handle: number, first: number, size = 10, source = 0): boolean =>
    outbox.sendPacket(handle, source, Uint8Array.of(0xa5, ...new Uint8Array(size).fill(first)), 1, 1 + size, send);
  return { counters, outbox, sent, sources, socket, send, packet };
}

describe("packing", () => {
  test("one frame for each link, in the order in which they were begun", () => {
    const { outbox, sent, send, packet, counters } = setUp();
    for (const [handle, first] of [
      [1, 1],
      [2, 2],
      [1, 3],
      [3, 4],
      [2, 5],
      [1, 6],
    ] as const)
      packet(handle, first);
    expect(sent).toEqual([]);
    outbox.drain(send);
    expect(sent).toEqual(["1:1,3,6", "2:2,5", "3:4"]);
    expect(counters).toMatchObject({ framesSent: 3, packetsSent: 6 });
    expect(outbox.isEmpty).toBe(true);
  });

  test("packets from another source go in another frame, which tells it", () => {
    const { outbox, sent, sources, send, packet } = setUp();
    for (const [source, first] of [
      [0, 1],
      [3, 2],
      [0, 3],
      [0xffff, 4],
      [3, 5],
    ] as const)
      packet(1, first, 10, source);
    outbox.sendFrame(1, 3, naiveEncode(4, [Uint8Array.of(6)]), send);
    packet(1, 7, 10, 3);
    outbox.drain(send);
    expect(sent).toEqual(["1:1,3", "1:2,5", "1:4", "1:6", "1:7"]);
    expect(sources).toEqual([0, 3, 0xffff, 3, 3]);
  });

  test("a full frame leaves at once", () => {
    const { outbox, sent, send, packet } = setUp();
    packet(1, 1, 40_000);
    packet(1, 2, 24_000);
    expect(sent).toEqual([]);
    packet(1, 3, 24_000);
    expect(sent).toEqual(["1:1,2"]);
    outbox.drain(send);
    expect(sent).toEqual(["1:1,2", "1:3"]);
  });

  test("a whole frame goes on under its new handle, after what the link had before and before what comes later", () => {
    const { outbox, sent, send, packet, counters } = setUp();
    packet(9, 1);
    outbox.sendFrame(9, 0, naiveEncode(4, [Uint8Array.of(2), Uint8Array.of(3)]), send);
    packet(9, 4);
    outbox.drain(send);
    expect(sent).toEqual(["9:1", "9:2,3", "9:4"]);
    expect(counters).toMatchObject({ framesSent: 3, packetsSent: 4 });
  });

  test("packets that no frame can hold are counted", () => {
    const { packet, counters, outbox } = setUp();
    expect(packet(1, 1, PACKET_SIZE_MAX + 1)).toBe(false);
    expect(packet(1, 1, 0)).toBe(false);
    expect(packet(0, 1)).toBe(false);
    expect(counters.packetsRefusedUnsendable).toBe(3);
    expect(packet(1, 1, PACKET_SIZE_MAX)).toBe(true);
    expect(outbox.isEmpty).toBe(false);
  });
});

describe("a full socket", () => {
  test("makes frames larger, not more", () => {
    const { outbox, sent, socket, send, packet, counters } = setUp();
    socket.room = 0;
    packet(1, 1);
    outbox.drain(send);
    packet(1, 2);
    outbox.drain(send);
    packet(1, 3);
    expect(counters.socketFull).toBe(1);
    socket.room = Infinity;
    outbox.drain(send);
    expect(sent, "nothing is tried before the socket is writable").toEqual([]);
    outbox.unblock();
    outbox.drain(send);
    expect(sent).toEqual(["1:1,2,3"]);
  });

  test("drops and counts beyond the bound, tells when a source may go on, and loses nothing it took", () => {
    const { outbox, sent, socket, send, packet, counters } = setUp();
    socket.room = 0;
    packet(1, 0);
    outbox.drain(send);
    expect(outbox.isWritable).toBe(true);
    let taken = 1;
    while (packet(1, 7, 1_000)) taken++;
    expect(taken).toBeLessThanOrEqual(QUEUE_BYTES_MAX / 1_000 + 1);
    expect(taken).toBeGreaterThan(QUEUE_BYTES_MAX / 1_000 - 10);
    expect(counters.packetsRefusedQueueFull).toBe(1);
    expect(outbox.isWritable).toBe(false);
    expect(outbox.takeWritable()).toBe(false);
    socket.room = Infinity;
    outbox.unblock();
    outbox.drain(send);
    expect(sent.length).toBe(Math.ceil(taken / Math.floor(FRAME_SIZE_MAX / 1_002)));
    expect(counters.packetsSent).toBe(taken);
    expect(outbox.takeWritable()).toBe(true);
    expect(outbox.takeWritable(), "it is told once").toBe(false);
  });

  test("bounds the number of frames, too", () => {
    const { outbox, socket, send, packet, counters } = setUp();
    socket.room = 0;
    for (let handle = 1; handle <= QUEUE_FRAMES_MAX; handle++) expect(packet(handle, 1)).toBe(true);
    expect(packet(QUEUE_FRAMES_MAX + 1, 1)).toBe(false);
    expect(outbox.sendFrame(5, 0, naiveEncode(5, [Uint8Array.of(1), Uint8Array.of(2)]), send)).toBe(false);
    expect(packet(QUEUE_FRAMES_MAX, 2)).toBe(true);
    expect(counters.packetsRefusedQueueFull).toBe(3);
  });

  test("a turn with more links than the queue has places sends what it has", () => {
    const { packet, sent, counters } = setUp();
    for (let handle = 1; handle <= 3 * QUEUE_FRAMES_MAX; handle++) expect(packet(handle, 1)).toBe(true);
    expect(sent.length).toBeGreaterThanOrEqual(QUEUE_FRAMES_MAX);
    expect(counters.packetsRefusedQueueFull).toBe(0);
  });

  test("CONTROL overtakes all data, in its own order, and is bounded", () => {
    const { outbox, sent, socket, send, packet, counters } = setUp();
    socket.room = 0;
    packet(1, 1);
    outbox.drain(send);
    for (let message = 0; message < QUEUE_CONTROL_MAX; message++) {
      expect(outbox.sendControl(Uint8Array.of(message), send)).toBe(true);
    }
    expect(outbox.sendControl(Uint8Array.of(99), send)).toBe(false);
    expect(counters.controlDropped).toBe(1);
    socket.room = Infinity;
    outbox.unblock();
    outbox.drain(send);
    expect(sent.slice(0, 2)).toEqual(["control:0", "control:1"]);
    expect(sent.at(-1)).toBe("1:1");
    expect(sent.length).toBe(QUEUE_CONTROL_MAX + 1);
  });

  test("CONTROL does not wait for the turn to end", () => {
    const { outbox, sent, send, packet } = setUp();
    packet(1, 1);
    outbox.sendControl(Uint8Array.of(5), send);
    expect(sent).toEqual(["control:5"]);
  });
});

describe("CONTROL that does not leave is counted once, however it is lost", () => {
  const message = Uint8Array.of(1);
  const refuse = (fate: SendFate) => (): SendFate => fate;

  test.each([
    ["the kernel refuses it", SendFate.unsendable],
    ["the partner is found gone", SendFate.gone],
  ])("at once: %s", (_why, fate) => {
    const { outbox, counters } = setUp();
    expect(outbox.sendControl(message, refuse(fate))).toBe(false);
    outbox.clear();
    expect(counters).toMatchObject({ controlDropped: 1, framesSent: 0 });
  });

  test.each([
    ["the kernel refuses it", SendFate.unsendable],
    ["the partner is found gone", SendFate.gone],
  ])("after a wait: %s", (_why, fate) => {
    const { outbox, counters } = setUp();
    for (let i = 0; i < 3; i++) expect(outbox.sendControl(message, refuse(SendFate.full))).toBe(true);
    expect(counters.controlDropped).toBe(0);
    outbox.unblock();
    outbox.drain(refuse(fate));
    outbox.clear();
    expect(counters).toMatchObject({ controlDropped: 3, framesSent: 0 });
  });
});

describe("no partner", () => {
  test("what waits is dropped and counted, and the queue works again afterwards", () => {
    const { outbox, sent, socket, send, packet, counters } = setUp();
    socket.room = 0;
    socket.refusal = SendFate.gone;
    packet(1, 1);
    packet(1, 2);
    outbox.sendFrame(2, 0, naiveEncode(7, [Uint8Array.of(3)]), send);
    outbox.drain(send);
    expect(outbox.sendControl(Uint8Array.of(1), send)).toBe(false);
    outbox.clear();
    expect(counters).toMatchObject({ packetsDroppedNotConnected: 3, packetsSent: 0, framesSent: 0, socketFull: 0 });
    socket.room = Infinity;
    packet(1, 4);
    outbox.drain(send);
    expect(sent).toEqual(["1:4"]);
  });

  test("a frame that the kernel refuses for itself does not stop the others", () => {
    const { outbox, sent, socket, send, packet, counters } = setUp();
    packet(1, 1);
    packet(2, 2);
    socket.room = 0;
    socket.refusal = SendFate.unsendable;
    outbox.drain((frame) => {
      const fate = send(frame);
      socket.room = Infinity;
      return fate;
    });
    expect(sent).toEqual(["2:2"]);
    expect(counters).toMatchObject({ packetsDroppedUnsendable: 1, packetsSent: 1 });
  });
});

test("every frame that leaves is well-formed", () => {
  const { outbox, send, packet } = setUp();
  for (let size = 1; size < 3_000; size += 7) packet(1 + (size % 5), size, size);
  outbox.drain((frame) => {
    expect(checkFrame(frame)).toBe(FrameVerdict.data);
    return send(frame);
  });
});
