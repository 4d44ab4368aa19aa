import { expect } from "vitest";
import type { Pair, Station, Wire } from "./wire.ts";

/** Numbered packets both ways before and while something happens; all of them have to arrive. */
export async function withTraffic(wire: Wire, { a, b }: Pair, ms: number, happen: () => void): Promise<void> {
  let sent = 0;
  const exchange = async (end: number): Promise<void> => {
    for (; wire.now < end; sent++) {
      a.send(b.name, packetOf(a, sent));
      b.send(a.name, packetOf(b, sent));
      await wire.run(2);
    }
  };
  await exchange(wire.now + 20);
  happen();
  await exchange(wire.now + ms);
  await wire.run(50);
  const all = Array.from({ length: sent }, (_, i) => i);
  expect(numbersFrom(a, b)).toEqual(all);
  expect(numbersFrom(b, a)).toEqual(all);
}

/** A packet that holds its sender's name (of one letter) and a number. */
function packetOf(sender: Station, number: number): Uint8Array {
  return Uint8Array.of(sender.name.charCodeAt(0), number >> 8, number);
}

function numbersFrom(sender: Station, receiver: Station): number[] {
  const own = receiver.received.filter(({ packet }) => packet[0] === sender.name.charCodeAt(0));
  return own.map(({ packet }) => (packet[1]! << 8) | packet[2]!).toSorted((x, y) => x - y);
}
