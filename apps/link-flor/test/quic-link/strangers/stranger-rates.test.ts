/** Strangers cause a bounded number of answers in a second, whatever they send and from wherever they seem to send. In virtual time. */
import { RetryTokens } from "@florenetes/quic";
import { simulatedEngine } from "@florenetes/quic/simulated";
import { Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import {
  STRANGER_ANSWERS_PER_SECOND,
  STRANGER_BURST_MS,
  TOKEN_CHECKS_PER_SECOND,
} from "../../../src/quic-link/limits.ts";
import { Strangers } from "../../../src/quic-link/strangers/strangers.ts";

const perMs = 20;
const durationMs = 2_000;
const longHeader = 0xc0;
const idLength = 8;

/** A client's first packet, as far as its header goes. */
function firstPacket(version: number, token: Uint8Array, random: Random): Uint8Array {
  const packet = new Uint8Array(1_200);
  packet[0] = longHeader;
  new DataView(packet.buffer).setUint32(1, version);
  packet[5] = idLength;
  packet.set(random.bytes(idLength), 6);
  packet[14] = idLength;
  packet.set(random.bytes(idLength), 15);
  packet[23] = token.length;
  packet.set(token, 24);
  return packet;
}

const floods = {
  retries: (random: Random) => firstPacket(1, new Uint8Array(0), random),
  versionNegotiations: (random: Random) => firstPacket(0x1a2a3a4a, new Uint8Array(0), random),
  resets: (random: Random) => Uint8Array.of(0x40, ...random.bytes(40)),
  droppedBadToken: (random: Random) => firstPacket(1, random.bytes(40), random),
};

test.each([
  ["retries", STRANGER_ANSWERS_PER_SECOND],
  ["versionNegotiations", STRANGER_ANSWERS_PER_SECOND],
  ["resets", STRANGER_ANSWERS_PER_SECOND],
  ["droppedBadToken", TOKEN_CHECKS_PER_SECOND],
] as const)("%s are so many in a second", (kind, perSecond) => {
  const random = new Random(5);
  const strangers = new Strangers({
    engine: simulatedEngine({ random: () => random.next(), verifyChain: () => undefined }),
    retryTokens: new RetryTokens(random.bytes(32)),
    resetToken: () => new Uint8Array(16),
    newConnectionId: () => random.bytes(idLength),
  });
  for (let now = 0; now < durationMs; now++) {
    for (let i = 0; i < perMs; i++) {
      const host = `${random.between(1, 223)}.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
      strangers.handleDatagram(floods[kind](random), { host, port: 7 }, now);
    }
    while (strangers.pollAnswer() !== undefined);
  }
  const counts = { ...strangers.counters, ...strangers.drops };
  const most = (perSecond * (durationMs + STRANGER_BURST_MS)) / 1_000;
  expect(counts[kind]).toBeLessThanOrEqual(most);
  expect(counts[kind]).toBeGreaterThan(most / 2);
  expect(counts[kind] + counts.droppedRate).toBe(perMs * durationMs);
});
