/** An authenticated peer sends frames that no honest one would: quinn-proto bounds by itself what the guard bounds for quiche. */
import { describe, expect, test } from "vitest";
import { nativeContext } from "./native-context.ts";
import { frame, HostilePeer, newConnectionId, streamFrame } from "./hostile-peer.ts";

const context = nativeContext(1);
const one = Buffer.of(1);
/** Transport errors (RFC 9000, 20.1). */
const INTERNAL_ERROR = 0x01;
const CONNECTION_ID_LIMIT_ERROR = 0x09;
const PROTOCOL_VIOLATION = 0x0a;
const CRYPTO_BUFFER_EXCEEDED = 0x0d;

function meet(): HostilePeer {
  const { client, server } = context!.credentials;
  const streams = { connectionWindow: 2 ** 40, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax: 100 };
  return new HostilePeer(client, server, { streams }, undefined, context!.engine);
}

describe.skipIf(context === undefined)("the native engine (skipped where there is no cargo)", () => {
  test("hears an honest peer", () => {
    const peer = meet();
    peer.send(streamFrame(0, 0, Buffer.from("hello"), true));
    expect(peer.victim.streamReceive(0, new Uint8Array(10))).toBe(5);
    expect(peer.victim.streamEnded).toBe(true);
    expect(peer.listen()).toBeUndefined();
  });

  test.each<[string, number, (i: number) => readonly Uint8Array[], number]>([
    [
      "leaves gaps of a byte in a stream",
      INTERNAL_ERROR,
      (i) => Array.from({ length: 150 }, (_, n) => streamFrame(0, 2 * (150 * i + n) + 1, one)),
      15,
    ],
    [
      "leaves gaps of a byte in CRYPTO",
      INTERNAL_ERROR,
      (i) => Array.from({ length: 150 }, (_, n) => frame(0x06, 2 * (150 * i + n) + 1, 1, one)),
      15,
    ],
    ["sends CRYPTO far ahead", CRYPTO_BUFFER_EXCEEDED, () => [frame(0x06, 40_000, 1, one)], 1],
    [
      "has connection IDs retired faster than that can be said",
      CONNECTION_ID_LIMIT_ERROR,
      (i) => [newConnectionId(i + 1, i + 1)],
      100,
    ],
    ["acknowledges a packet that was not sent", PROTOCOL_VIOLATION, () => [frame(0x02, 1_000_000, 0, 0, 0)], 1],
  ])("closes the connection of a peer that %s", (_, code, packet, packetsMax) => {
    const peer = meet();
    for (let i = 0; i < packetsMax && !peer.victim.isClosed; i++) peer.send(...packet(i));
    expect(peer.listen()).toMatchObject({ kind: "closed", cause: "local", isApplication: false, code });
  });

  test("closes the connection of a peer that acknowledges what it has not received", () => {
    const peer = meet();
    let end: ReturnType<HostilePeer["listen"]>;
    for (let i = 0; i < 20_000 && end === undefined; i++) {
      peer.victim.ping();
      end = peer.listen();
      const newest = peer.received.at(-1)!;
      // All packets from the first of the 1-RTT packets to the newest, those that were never sent among them.
      if (end === undefined) peer.send(frame(0x02, newest, 0, 0, newest));
      end ??= peer.listen();
    }
    expect(end).toMatchObject({ kind: "closed", cause: "local", code: PROTOCOL_VIOLATION });
  });

  test("answers one PATH_CHALLENGE of those that came since it last sent", () => {
    const peer = meet();
    peer.listen();
    let answers = 0;
    peer.onFrames = (frames) => {
      for (let at = frames.indexOf(0x1b); at !== -1; at = frames.indexOf(0x1b, at + 9)) answers++;
    };
    for (let i = 0; i < 1_000; i++) peer.send(frame(0x1a, Buffer.alloc(8, 0xee)));
    expect(peer.listen()).toBeUndefined();
    expect(answers).toBe(1);
  });
});
