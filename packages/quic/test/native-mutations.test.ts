/**
 * An authenticated peer seals good frames that are changed at random, and the owner of the native engine's connection calls
 * it with any numbers: the process lives, and each call returns or throws. `npm run fuzz` goes on for as long as it is told.
 */
import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { QuicConnection } from "../src/index.ts";
import { frame, HostilePeer, newConnectionId, streamFrame } from "./hostile-peer.ts";
import { nativeContext } from "./native-context.ts";

const SECONDS = Number(process.env["FLORENETES_SOAK"] ?? 0);
const SEED = Number(process.env["FLORENETES_SEED"] ?? 1);
const PEERS = 300;
const PACKETS = 50;
const FRAMES_MAX = 6;

const context = nativeContext(1);
const bytes = Buffer.alloc(100, 7);
/** Frames of every kind (RFC 9000, 19; RFC 9221). */
const CORPUS: readonly Buffer[] = [
  frame(0x00),
  frame(0x01),
  frame(0x02, 3, 0, 0, 3),
  frame(0x03, 3, 0, 0, 3, 1, 0, 0),
  frame(0x04, 0, 5, 100),
  frame(0x05, 4, 5),
  frame(0x06, 0, bytes.length, bytes),
  frame(0x07, 4, bytes.subarray(0, 4)),
  streamFrame(0, 0, bytes),
  streamFrame(4, 70_000, bytes),
  streamFrame(8, 0, Buffer.alloc(0), true),
  frame(0x10, 2 ** 40),
  frame(0x11, 0, 2 ** 40),
  frame(0x12, 1_000),
  frame(0x14, 5),
  frame(0x15, 0, 5),
  frame(0x16, 5),
  newConnectionId(1, 0),
  newConnectionId(2, 2),
  frame(0x19, 0),
  frame(0x1a, Buffer.alloc(8)),
  frame(0x1b, Buffer.alloc(8)),
  frame(0x1c, 1, 0, 3, Buffer.from("abc")),
  frame(0x1d, 1, 3, Buffer.from("abc")),
  frame(0x1e),
  frame(0x31, bytes.length, bytes),
];
/** Numbers that an owner should not give, among numbers that it may. */
const NUMBERS = [0, 1, 4, 5, 8, 400, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 62, 1e300, Infinity, NaN];
const SIZES = [0, 1, 20, 127, 128, 200, 1_200, 70_000];
/** The reason of an end that was a panic. */
const PANIC = /the engine failed/;

function mutated(random: Random): Buffer {
  const input = Buffer.from(random.pick(CORPUS));
  for (let changes = random.below(4); changes > 0 && input.length > 0; changes--) {
    input[random.below(input.length)] = random.below(256);
  }
  return random.chance(0.2) ? input.subarray(0, random.below(input.length + 1)) : input;
}

/** Calls the connection with any arguments. Each call may refuse them, by a value or by an error. */
function callAnything(victim: QuicConnection, random: Random): void {
  const [id, code] = [random.pick(NUMBERS), random.pick(NUMBERS)];
  const buffer = new Uint8Array(random.pick(SIZES));
  const calls = [
    () => victim.streamSend(id, buffer, random.chance(0.5)),
    () => victim.streamReceive(id, buffer),
    () => victim.streamCapacity(id),
    () => victim.streamReset(id, code),
    () => victim.streamStop(id, code),
    () => victim.sendDatagram(buffer),
    () => victim.receiveDatagram(buffer),
    () => victim.readableStreams(),
    () => victim.handleTimeout(code),
    () => victim.handleDatagram(buffer, code),
    () => victim.pollTransmit(buffer, code),
    () => victim.ping(),
  ];
  try {
    random.pick(calls)();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
  }
}

describe.skipIf(context === undefined)("the native engine (skipped where there is no cargo)", () => {
  test("lives with frames and calls of any kind", { timeout: 2_000 * SECONDS + 120_000 }, () => {
    const { client, server } = context!.credentials;
    const random = new Random(SEED);
    const endsAt = performance.now() + 1_000 * SECONDS;
    const ends = new Map<number | undefined, number>();
    for (let peers = 0; peers < PEERS || performance.now() < endsAt; peers++) {
      const streams = {
        connectionWindow: 1_000_000,
        streamWindow: 65_536,
        streamWindowMax: 65_536,
        bidirectionalMax: 4,
      };
      const peer = new HostilePeer(client, server, { streams }, undefined, context!.engine);
      let end: ReturnType<HostilePeer["listen"]>;
      for (let packets = 0; packets < PACKETS && !peer.victim.isClosed; packets++) {
        peer.send(...Array.from({ length: 1 + random.below(FRAMES_MAX) }, () => mutated(random)));
        if (random.chance(0.3)) callAnything(peer.victim, random);
        if (random.chance(0.3)) end = peer.listen() ?? end;
      }
      end = peer.listen() ?? end;
      const [code, reason] = end?.kind === "closed" ? [end.code, end.reason] : [];
      expect(reason ?? "", `peer ${peers} from seed ${SEED}`).not.toMatch(PANIC);
      ends.set(code, (ends.get(code) ?? 0) + 1);
    }
    // A wrong frame is an error, and several kinds of errors came up.
    expect(ends.size).toBeGreaterThan(3);
  });
});
