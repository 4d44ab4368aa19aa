/** Packets of a link in pieces, sent and joined by the TypeScript and by the Rust: equal datagrams, packets, bounds and counters. */
import { ENGINE_QUEUE_MAX, LINK_MTU } from "@florenetes/link-flor/src/quic-link/limits.ts";
import { DatagramSender } from "@florenetes/link-flor/src/quic-link/packets/datagram-sender.ts";
import { JoinBuffers, Joiner } from "@florenetes/link-flor/src/quic-link/packets/joiner.ts";
import {
  PIECE_HEADER_LENGTH,
  PACKET_NUMBERS,
  pieceCount,
  pieceSize,
  writePieceHeader,
} from "@florenetes/link-flor/src/quic-link/packets/pieces.ts";
import { placeOf } from "@florenetes/link-flor/src/quic-link/queue/queue-place.ts";
import { LINK_NONE } from "@florenetes/forwarding";
import type { QuicConnection } from "@florenetes/quic";
import { Random } from "@florenetes/simkit";
import { beforeAll, expect, test } from "vitest";
import { BUILD_TIMEOUT_MS, Script, buildMirror, hexOf, isNativeBuilt } from "../src/native/mirror.ts";

beforeAll(buildMirror, BUILD_TIMEOUT_MS);

const RUNS = 8;

function pieceOf(packet: Uint8Array, index: number, number: number, datagramMax: number): Uint8Array {
  const pieces = pieceCount(packet.length, datagramMax);
  // Senders may also fill all pieces but the last.
  const size = number % 2 === 0 ? pieceSize(packet.length, pieces) : datagramMax - PIECE_HEADER_LENGTH;
  const piece = packet.subarray(index * size, (index + 1) * size);
  const datagram = new Uint8Array(PIECE_HEADER_LENGTH + piece.length);
  writePieceHeader(datagram, 0, pieces, index, number % PACKET_NUMBERS);
  datagram.set(piece, PIECE_HEADER_LENGTH);
  return datagram;
}

/** Pieces of several packets at a time, in some order, some lost, doubled or changed. */
function join(script: Script, seed: number): Joiner {
  const random = new Random(seed);
  const joiner = new Joiner(new JoinBuffers());
  const state = (): string => {
    const next = joiner.nextTimeout();
    const { incomplete, joined, givenUp, piecesRefused } = joiner;
    return [incomplete, next === Infinity ? "-" : next, joined, givenUp, piecesRefused].join(" ");
  };
  script.add("joiner", "ok");
  const waiting: Uint8Array[] = [];
  let number = random.below(PACKET_NUMBERS);
  let now = random.below(1_000);
  for (let step = 0; step < 400; step++) {
    if (waiting.length < 12) {
      number += random.chance(0.02) ? random.below(PACKET_NUMBERS) : 1;
      // An even packet is the largest, in the most pieces, all of one length.
      const isEven = random.chance(0.05);
      const datagramMax = isEven ? LINK_MTU / 16 + PIECE_HEADER_LENGTH : random.between(1_100, 1_420);
      const largest = random.chance(0.1) ? LINK_MTU : 6_000;
      const packet = random.bytes(isEven ? LINK_MTU : random.between(datagramMax, largest));
      const pieces = pieceCount(packet.length, datagramMax);
      for (let index = 0; index < pieces; index++) {
        if (random.chance(0.05)) continue;
        const piece = pieceOf(packet, index, number, datagramMax);
        if (random.chance(0.02)) piece[0] = random.below(256);
        if (random.chance(0.02)) piece[2] = random.below(256);
        const isCut = random.chance(0.02);
        const at = Math.max(0, waiting.length - random.below(random.chance(0.3) ? 20 : 1));
        waiting.splice(at, 0, isCut ? piece.subarray(0, random.between(1, piece.length)) : piece);
        if (random.chance(0.05)) waiting.push(piece);
      }
    }
    if (random.chance(0.05)) now += random.below(1_200);
    if (random.chance(0.1)) {
      joiner.handleTimeout(now);
      script.add(`join-timeout ${now}`, state());
    }
    const datagram = waiting.shift()!;
    if (datagram === undefined) continue;
    now += random.below(3);
    const length = joiner.handlePiece(datagram, datagram.length, now);
    const spread = Math.round(joiner.spreadMs * 1000);
    const answer = length > 0 ? `${hexOf(joiner.packet, 0, length)} ${spread}` : state();
    script.add(`piece ${now} ${hexOf(datagram)}`, answer);
  }
  return joiner;
}

test.skipIf(!isNativeBuilt)("both joiners make the same of all pieces (skipped where native/ is not built)", () => {
  const script = new Script();
  const counts = { joined: 0, givenUp: 0, piecesRefused: 0 };
  for (let seed = 0; seed < RUNS; seed++) {
    const { joined, givenUp, piecesRefused } = join(script, seed);
    counts.joined += joined;
    counts.givenUp += givenUp;
    counts.piecesRefused += piecesRefused;
  }
  script.expectEqual();
  expect(Math.min(...Object.values(counts)), `each of them came up: ${JSON.stringify(counts)}`).toBeGreaterThan(50);
});

/** An engine that keeps the lengths of datagrams until they are transmitted. */
class Engine {
  readonly sent: string[] = [];
  queued = 0;
  readonly #longest: number;

  constructor(longest: number) {
    this.#longest = longest;
  }

  sendDatagram(datagram: Uint8Array): boolean {
    if (datagram.length > this.#longest) return false;
    this.sent.push(hexOf(datagram));
    this.queued++;
    return true;
  }

  datagramSendQueueLength(): number {
    return this.queued;
  }
}

/** Writes one of some shares before the cursor, or none, or a cursor that no sound packet has. */
function writeShare(packet: Uint8Array, random: Random, shares: number): void {
  packet[3] = shares === 0 ? 0 : random.below(random.chance(0.9) ? 3 : 256);
  const before = 12 + 4 * (packet[3] - 1);
  if (packet[3] === 0 || before + 4 > packet.length) return;
  new DataView(packet.buffer, packet.byteOffset).setUint32(
    before,
    (random.below(1 << 20) << 12) | random.below(shares),
  );
}

/** Sends packets of all sizes in bursts; the engine is now faster, now slower, and the link goes down at times. */
function send(script: Script, seed: number): DatagramSender {
  const random = new Random(seed);
  const longest = seed % 4 === 0 ? 1_000 : 2_000;
  let datagramMax = random.between(1_168, 1_420);
  const engine = new Engine(longest);
  const sender = new DatagramSender(engine as unknown as QuicConnection);
  sender.datagramMax = datagramMax;
  script.add(`sender ${datagramMax} ${datagramMax} ${longest}`, "ok");
  const state = (): string => {
    const { queue, packetsSent, bytesSent, packetsSplit, piecesSent, droppedByEngine } = sender;
    const { length, memory } = queue;
    const classes = queue.counts.map(({ packetsSent: packets, bytesSent: bytes, droppedFull, droppedLate, delayMs }) =>
      [packets, bytes, droppedFull, droppedLate, delayMs].join("/"),
    );
    const numbers = [packetsSent, bytesSent, packetsSplit, piecesSent, droppedByEngine].join(", ");
    return `${length} ${queue.congestedClasses} ${classes.join(",")} ${memory} [${numbers}] [${engine.sent.splice(0).join(" ")}]`;
  };
  // Half of the scripts have few classes, links and connections, with long queues, and half have many.
  const flags = seed % 2 === 0 ? [0, 6, 8] : Array.from({ length: 16 }, (_, index) => index);
  const inLinks = [LINK_NONE, ...Array.from({ length: random.pick([0, 2, 50]) }, (_, link) => link)];
  const connections = random.pick([1, 3, 256]);
  // A third of the scripts has no shares, and a third has more than there are places.
  const shares = [0, 3, 40][seed % 3]!;
  let now = 0;
  for (let step = 0; step < 250; step++) {
    now += random.below(random.chance(0.9) ? 4 : 60);
    const isFlood = random.chance(0.01);
    for (let packets = isFlood ? 600 : random.below(random.chance(0.1) ? 60 : 3); packets > 0; packets--) {
      const largest = random.chance(0.1) ? LINK_MTU : 2_500;
      const isFilling = random.chance(0.1);
      const size = isFilling ? datagramMax - 1 : random.between(1, isFlood || random.chance(0.5) ? 200 : largest);
      const packet = new Uint8Array(PIECE_HEADER_LENGTH + size).fill(step);
      packet.fill(0xa5, 0, PIECE_HEADER_LENGTH);
      const isMeshPacket = size >= 12 && random.chance(0.9);
      if (isMeshPacket) packet[PIECE_HEADER_LENGTH] = 0x10 | random.pick(flags);
      if (isMeshPacket) packet[PIECE_HEADER_LENGTH + 11] = random.below(connections);
      if (isMeshPacket) writeShare(packet.subarray(PIECE_HEADER_LENGTH), random, shares);
      const inLink = random.pick(inLinks);
      const place = placeOf(packet, PIECE_HEADER_LENGTH, packet.length, inLink);
      const isTaken = sender.send(packet, PIECE_HEADER_LENGTH, packet.length, place, now);
      script.add(
        `send ${now} ${inLink === LINK_NONE ? "-" : inLink} ${hexOf(packet, PIECE_HEADER_LENGTH)}`,
        `${isTaken} ${state()}`,
      );
    }
    sender.refill(now);
    script.add(`refill ${now}`, state());
    const transmitted = Math.min(engine.queued, random.below(random.chance(0.5) ? 3 : ENGINE_QUEUE_MAX));
    engine.queued -= transmitted;
    sender.handleTransmitted();
    script.add(`transmit ${transmitted}`, "ok");
    if (random.chance(0.01)) {
      datagramMax = random.between(1_168, 1_420);
      sender.datagramMax = datagramMax;
      script.add(`datagram-max ${datagramMax}`, "ok");
    }
    if (random.chance(0.02)) {
      sender.queue.trim();
      script.add("trim", state());
    }
    if (random.chance(0.005)) {
      sender.clear();
      script.add("clear", state());
    }
  }
  return sender;
}

test.skipIf(!isNativeBuilt)("both senders send and drop the same (skipped where native/ is not built)", () => {
  const script = new Script();
  const counts = { split: 0, full: 0, late: 0, byEngine: 0 };
  for (let seed = 0; seed < RUNS; seed++) {
    const { packetsSplit, droppedByEngine, queue } = send(script, seed);
    counts.split += packetsSplit;
    for (const { droppedFull, droppedLate } of queue.counts) {
      counts.full += droppedFull;
      counts.late += droppedLate;
    }
    counts.byEngine += droppedByEngine;
  }
  script.expectEqual();
  expect(Math.min(...Object.values(counts)), `each of them came up: ${JSON.stringify(counts)}`).toBeGreaterThan(10);
});
