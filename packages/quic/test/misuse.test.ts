/** Any calls in any order, beside any damage to packets, neither throw nor end the process nor leave the ends restless. */

import * as fc from "fast-check";
import { test } from "vitest";
import { type ConformanceContext, Pair } from "../testing/conformance/index.ts";
import { randomSource } from "../testing/conformance/pair.ts";
import type { QuicConnection } from "../src/index.ts";
import { realContext } from "./real-context.ts";
import { virtualContext } from "./virtual-context.ts";

const scratch = new Uint8Array(65_536);
const bytes = new Uint8Array(20_000);

type Call = readonly [name: string, run: (end: QuicConnection, id: number, size: number, now: number) => void];
const calls: readonly Call[] = [
  ["streamSend", (end, id, size) => end.streamSend(id, bytes.subarray(0, size), false)],
  ["streamSend, end", (end, id, size) => end.streamSend(id, bytes.subarray(0, size), true)],
  ["streamReceive", (end, id, size) => end.streamReceive(id, scratch.subarray(0, size + 1))],
  ["streamReceive all", (end) => end.readableStreams().forEach((id) => end.streamReceive(id, scratch))],
  ["streamReset", (end, id, size) => end.streamReset(id, size)],
  ["streamStop", (end, id, size) => end.streamStop(id, size)],
  ["streamCapacity", (end, id) => end.streamCapacity(id)],
  ["streamsLeft", (end) => end.streamsLeft()],
  ["sendDatagram", (end, _, size) => end.sendDatagram(bytes.subarray(0, size))],
  ["receiveDatagram", (end, _, size) => end.receiveDatagram(scratch.subarray(0, size + 1))],
  ["ping", (end) => end.ping()],
  ["handleTimeout", (end, _id, _size, now) => end.handleTimeout(now)],
  ["stats", (end) => end.stats()],
  ["peerCertificates", (end) => end.peerCertificates()],
  ["close", (end, id, size) => size % 10 === 0 && end.close(id, "misuse")],
];

const action = fc.record({
  call: fc.constantFrom(...calls),
  isServer: fc.boolean(),
  // Bidirectional streams of both sides, open or not, and unidirectional ones, which neither side may open.
  id: fc.integer({ min: 0, max: 24 }),
  size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
  settles: fc.boolean(),
});

const contexts: readonly [string, () => ConformanceContext][] = [
  ["quiche", () => realContext],
  ["simulated", () => virtualContext(1)],
];

test.each(contexts)("any calls on both ends of a connection: %s", (_, makeContext) => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.boolean(), fc.nat(), (actions, isEarly, seed) => {
      const context = makeContext();
      const pair = new Pair(context, { idLength: seed % 2 === 0 ? 0 : 8 });
      const random = randomSource(seed);
      if (!isEarly) pair.settle();
      pair.filter = (direction, packet) => {
        const kind = random();
        if (kind < 0.05) packet[Math.floor(random() * packet.length)]! ^= 0x10;
        if (kind > 0.05 && kind < 0.1) pair.inject(direction, packet);
        return kind < 0.9;
      };
      for (const { call, isServer, id, size, settles } of actions) {
        call[1](isServer && pair.hasServer ? pair.server : pair.client, id, size, context.now());
        if (settles) pair.settle();
      }
      pair.settle();
    }),
    { numRuns: 150 },
  );
});
