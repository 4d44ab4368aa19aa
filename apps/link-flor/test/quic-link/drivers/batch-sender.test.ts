import { constants } from "node:os";
import type { SendBatch } from "@florenetes/native";
import { describe, expect, it } from "vitest";
import { BatchSender } from "../../../src/quic-link/drivers/batch-sender.ts";
import { CONNECTION_ID_LENGTH } from "../../../src/quic-link/limits.ts";

const { EAGAIN, EIO, EMSGSIZE, ENETUNREACH } = constants.errno;

interface Sent {
  readonly port: number;
  readonly length: number;
  /** The size of each payload; 0: the bytes are one payload. */
  readonly segment: number;
}

/** A sender that notes what the system would be given; `answer` is the system's answer. */
function openSender(answer: (sent: Sent) => number = () => 0) {
  const sent: Sent[] = [];
  let errors = 0;
  const sendBatch: SendBatch = (_bytes, start, end, segment, address) => {
    const port = new DataView(address.buffer).getUint16(2);
    const one = { port, length: end - start, segment };
    const errno = answer(one);
    if (errno === 0) sent.push(one);
    return errno;
  };
  const sender = new BatchSender(sendBatch, false, () => void errors++);
  const send = (length: number, port = 1000): boolean => sender.send(length, "192.0.2.1", port);
  return { sender, send, sent, errors: () => errors };
}

describe("payloads that leave in batches", () => {
  it("leave together when they are of one size, the last one perhaps shorter", () => {
    const { sender, send, sent } = openSender();
    for (const length of [1400, 1400, 1400, 300]) send(length);
    expect(sent).toEqual([]);
    sender.flush();
    expect(sent).toEqual([{ port: 1000, length: 4500, segment: 1400 }]);
    sender.flush();
    expect(sent).toHaveLength(1);
  });

  it("begin anew behind a short one, with a longer one, and for another peer", () => {
    const { sender, send, sent } = openSender();
    for (const length of [1400, 300, 300, 1400]) send(length);
    send(1400, 2000);
    sender.flush();
    expect(sent).toEqual([
      { port: 1000, length: 1700, segment: 1400 },
      { port: 1000, length: 300, segment: 0 },
      { port: 1000, length: 1400, segment: 0 },
      { port: 2000, length: 1400, segment: 0 },
    ]);
  });

  it("leave apart from those of another connection, which its peer could not tell from them", () => {
    const { sender, send, sent } = openSender();
    for (const connection of [7, 7, 8, 8, 7]) {
      sender.slot.fill(connection, 1, 1 + CONNECTION_ID_LENGTH);
      send(1400);
    }
    sender.flush();
    expect(sent.map(({ length }) => length)).toEqual([2_800, 2_800, 1_400]);
  });

  it("are at most 65,000 bytes at a time", () => {
    const { sender, send, sent } = openSender();
    for (let i = 0; i < 5; i++) send(16_383);
    sender.flush();
    expect(sent.map(({ length }) => length / 16_383)).toEqual([3, 2]);
  });

  it("are at most 32 at a time", () => {
    const { sender, send, sent } = openSender();
    for (let i = 0; i < 70; i++) send(1452);
    sender.flush();
    expect(sent.map(({ length }) => length / 1452)).toEqual([32, 32, 6]);
  });

  it("wait while the kernel's buffer is full, and none is lost", () => {
    let isFull = true;
    const { sender, send, sent } = openSender(() => (isFull ? EAGAIN : 0));
    expect([send(1400), send(1400), send(1400, 2000)]).toEqual([true, true, false]);
    expect(sender.isWritable).toBe(false);
    isFull = false;
    expect(sender.isWritable).toBe(true);
    sender.flush();
    expect(sent).toEqual([
      { port: 1000, length: 2800, segment: 1400 },
      { port: 2000, length: 1400, segment: 0 },
    ]);
  });

  it("leave one by one from then on where they are refused together", () => {
    const { sender, send, sent, errors } = openSender(({ segment }) => (segment > 0 ? EIO : 0));
    for (const length of [1400, 1400, 200]) send(length);
    sender.flush();
    send(1400);
    send(1400);
    sender.flush();
    expect(sent.map(({ length, segment }) => [length, segment])).toEqual([
      [1400, 0],
      [1400, 0],
      [200, 0],
      [1400, 0],
      [1400, 0],
    ]);
    expect(errors()).toBe(0);
  });

  it("leave one by one this time when they are too large for the interface", () => {
    const { sender, send, sent, errors } = openSender(({ segment }) => (segment > 1472 ? EMSGSIZE : 0));
    for (const length of [9000, 9000, 1400, 1400]) send(length);
    sender.flush();
    expect(sent.map(({ length, segment }) => [length, segment])).toEqual([
      [9000, 0],
      [9000, 0],
      [1400, 0],
      [1400, 0],
    ]);
    for (let i = 0; i < 3; i++) send(1400);
    sender.flush();
    expect(sent.at(-1)).toEqual({ port: 1000, length: 4200, segment: 1400 });
    expect(errors()).toBe(0);
  });

  it("are counted when there is no way at all, and go on together when there is", () => {
    let isAway = true;
    const { sender, send, sent, errors } = openSender(() => (isAway ? ENETUNREACH : 0));
    for (let i = 0; i < 3; i++) send(1400);
    sender.flush();
    expect(errors()).toBe(3);
    isAway = false;
    for (let i = 0; i < 3; i++) send(1400);
    sender.flush();
    expect(sent).toEqual([{ port: 1000, length: 4200, segment: 1400 }]);
  });
});
