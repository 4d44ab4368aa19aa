import { headerSize, isMarked, wordsOf } from "@florenetes/forwarding";
import type { QuicConnection } from "@florenetes/quic";
import { describe, expect, test } from "vitest";
import { DATAGRAMS_REPEATED_MS } from "../../../src/transport/limits.ts";
import { plainCarriage } from "../../../src/transport/messages.ts";
import { PACKET_BUFFER_SIZE, PacketSender, SendResult } from "../../../src/transport/packets/packet-sender.ts";

const labels = [77, 900];
const place = {
  idHigh: 1,
  idLow: 2,
  way: { outLink: 1, words: wordsOf(labels) },
  payloadMax: 1_200,
  carriage: plainCarriage,
};

/** An engine that makes one packet filled with each of these values, and scribbles into the buffer when none is left, as engines may. */
function engine(values: number[], size = 100, holdsDatagrams = false): QuicConnection {
  const pollTransmit = (out: Uint8Array): number => {
    const value = values.shift();
    out.fill(value ?? 0xee);
    return value === undefined ? 0 : size + value;
  };
  return { pollTransmit, holdsDatagrams } as unknown as QuicConnection;
}

function sender(payloadMax = 1_200): { readonly sender: PacketSender; readonly sent: string[] } {
  const sent: string[] = [];
  const origin = {
    isWritable: () => true,
    isUp: () => true,
    mtu: () => 1_280,
    preferredMtu: () => 1_280,
    quietSeconds: () => 0,
    isGuessing: () => false,
    flush: () => {},
    sendFromHere: (_link: number, packet: Uint8Array, start: number, end: number) => {
      const payload = packet.subarray(start + headerSize(labels.length), end);
      sent.push(`${payload.length} of ${[...new Set(payload)].join("+")}`);
      return true;
    },
  };
  const out = new Uint8Array(PACKET_BUFFER_SIZE);
  return { sender: new PacketSender(origin, out, { ...place, payloadMax }), sent };
}

describe("the sender of packets", () => {
  test.each([1, 2, 3])("repeats the last of %d packets as it was sent", (count) => {
    const { sender: one, sent } = sender();
    const values = Array.from({ length: count }, (_, index) => index + 1);
    expect(one.send(engine([...values]), 10, false, 0)).toBe(SendResult.done);
    expect(sent).toEqual(values.map((value) => `${100 + value} of ${value}`));
    one.repeat(0);
    one.repeat(0);
    expect(sent.slice(count)).toEqual(Array(2).fill(`${100 + count} of ${count}`));
  });

  test("repeats a packet with datagrams for as long as these are of use, and others all the time", () => {
    const { sender: one, sent } = sender();
    const feed = { fill: () => {} };
    one.send(engine([1]), 10, false, 0, feed);
    one.send(engine([2], 100, true), 10, false, 1_000, feed);
    one.repeat(1_000 + DATAGRAMS_REPEATED_MS);
    expect(sent.slice(2)).toEqual(["101 of 1", "102 of 2"]);
    one.repeat(1_001 + DATAGRAMS_REPEATED_MS);
    expect(sent.slice(4)).toEqual(["101 of 1"]);
    one.send(engine([3], 100, true), 10, false, 2_000, feed);
    one.send(engine([4]), 10, false, 2_000, feed);
    one.repeat(2_000);
    expect(sent.slice(7)).toEqual(["104 of 4"]);
  });

  test("repeats a whole flight", () => {
    const { sender: one, sent } = sender();
    one.send(engine([1, 2, 3]), 10, true, 0);
    one.repeat(0);
    expect(sent.slice(3)).toEqual(["101 of 1", "102 of 2", "103 of 3"]);
  });

  test("repeats the last data, too, when what came after it may be a mere acknowledgement", () => {
    const { sender: one, sent } = sender();
    for (const size of [100, 20, 20]) one.send(engine([size === 100 ? 1 : 2], size), 10, false, 0);
    one.repeat(0);
    expect(sent.slice(3)).toEqual(["101 of 1", "22 of 2"]);
    one.send(engine([3]), 10, false, 0);
    one.repeat(0);
    expect(sent.slice(6)).toEqual(["103 of 3"]);
  });

  test("does not repeat the handshake once it is over: it could begin another connection", () => {
    const { sender: one, sent } = sender();
    const longHeader = 0xc0;
    one.send(engine([longHeader]), 10, true, 0);
    one.send(engine([1], 20), 10, false, 0);
    one.repeat(0);
    expect(sent.slice(2)).toEqual(["21 of 1"]);
  });

  test("makes no larger packets than the path carries, and repeats none", () => {
    const { sender: one, sent } = sender(9_000);
    const offered: number[] = [];
    const pollTransmit = (out: Uint8Array): number => (offered.push(out.length) === 1 ? out.length : 0);
    one.send({ pollTransmit } as unknown as QuicConnection, 10, false, 0);
    one.shrink(1_300);
    one.shrink(2_000);
    one.repeat(0);
    one.send({ pollTransmit } as unknown as QuicConnection, 10, false, 0);
    expect(offered).toEqual([9_000, 9_000, 1_300]);
    expect(sent).toEqual(["9000 of 0"]);
    expect(one.payloadMax).toBe(1_300);
  });

  test("keeps no large packets when nothing is unanswered", () => {
    const { sender: one, sent } = sender(9_000);
    one.send(engine([1], 1_000), 10, false, 0);
    one.release();
    one.repeat(0);
    one.send(engine([2], 8_000), 10, false, 0);
    one.release();
    one.repeat(0);
    expect(sent).toEqual(["1001 of 1", "1001 of 1", "8002 of 2"]);
  });

  test("marks one packet when asked to", () => {
    const marks: boolean[] = [];
    const origin = {
      isWritable: () => true,
      isUp: () => true,
      flush: () => {},
      mtu: () => 1_280,
      preferredMtu: () => 1_280,
      quietSeconds: () => 0,
      isGuessing: () => false,
      sendFromHere: (_link: number, packet: Uint8Array, start: number) => marks.push(isMarked(packet, start)) > 0,
    };
    const out = new Uint8Array(PACKET_BUFFER_SIZE);
    const one = new PacketSender(origin, out, place);
    one.markNext();
    one.send(engine([1, 2, 3]), 10, false, 0);
    expect(marks).toEqual([true, false, false]);
  });

  test("has something to repeat when its turn is over before the engine is done", () => {
    const { sender: one, sent } = sender();
    expect(one.send(engine([1, 2, 3]), 2, false, 0)).toBe(SendResult.more);
    one.repeat(0);
    expect(sent).toEqual(["101 of 1", "102 of 2", "102 of 2"]);
  });
});
