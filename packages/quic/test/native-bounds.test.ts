/** An authenticated peer sends frames that no honest one would: the native engine keeps to the law by itself. */
import { describe, expect, test } from "vitest";
import { nativeContext } from "./native-context.ts";
import { frame, HostilePeer, streamFrame } from "./hostile-peer.ts";
import { acknowledge, describeHostilePeers } from "./hostile-suite.ts";

const context = nativeContext(1);
function meet(bidirectionalMax = 100): HostilePeer {
  const { client, server } = context!.credentials;
  const streams = { connectionWindow: 2 ** 40, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax };
  return new HostilePeer(client, server, { streams }, undefined, context!.engine);
}

/** Bytes by which the process grows while the thing that `make` returns exists. */
function growth(make: () => HostilePeer): number {
  const before = process.memoryUsage.rss();
  const made = make();
  const after = process.memoryUsage.rss();
  expect(made.victim.isClosed).toBe(false);
  return after - before;
}

describe.skipIf(context === undefined)("the native engine (skipped where there is no cargo)", () => {
  if (context !== undefined) describeHostilePeers(context.engine, context.credentials);

  test("streams that may be opened cost nothing", () => {
    expect(growth(() => meet(4_000_000))).toBeLessThan(50_000_000);
  });

  test("keeps little of a large datagram, for the sake of a byte of a stream or an empty DATAGRAM in it", () => {
    const peer = meet();
    const datagrams = 4_000;
    const grown = growth(() => {
      for (let i = 0; i < datagrams; i++)
        peer.sendBehindOther(16_000, streamFrame(0, 2 * i + 1, Buffer.of(1)), frame(0x31, 0));
      return peer;
    });
    expect(grown).toBeLessThan((datagrams * 16_000) / 2);
    expect(peer.listen()).toBeUndefined();
  });

  test("keeps little of a burst of pieces that were read", () => {
    const peer = meet();
    const [streams, packets, perPacket] = [60, 60, 250];
    const out = new Uint8Array(packets * perPacket);
    const grown = growth(() => {
      for (let id = 0; id < 4 * streams; id += 4) {
        for (let i = 0; i < packets; i++) {
          peer.send(...Array.from({ length: perPacket }, (_, n) => streamFrame(id, perPacket * i + n, Buffer.of(1))));
        }
        expect(peer.victim.streamReceive(id, out)).toBe(out.length);
      }
      return peer;
    });
    // An entry has 56 bytes.
    expect(grown).toBeLessThan((streams * out.length * 56) / 2);
  });

  test("keeps little of a stream for a peer that acknowledges nothing, and more for one that does", () => {
    const peer = meet();
    peer.send(streamFrame(0, 0, Buffer.of(1)), frame(0x10, 2 ** 40), frame(0x11, 0, 2 ** 40));
    const chunk = new Uint8Array(10_000);
    const fill = (): number => {
      let taken = 0;
      for (let sent = chunk.length; sent === chunk.length;) taken += sent = peer.victim.streamSend(0, chunk, false);
      return taken;
    };
    let kept = fill();
    // The handshake was acknowledged, and is not kept.
    expect(kept).toBeLessThan(2 * 65_536);
    for (let i = 0; i < 20; i++) {
      peer.now += 10_000;
      peer.victim.handleTimeout(peer.now);
      peer.listen();
      kept += fill();
    }
    expect(kept).toBeLessThan(2 * 65_536);
    const acknowledgeAll = (): void => {
      peer.now += 100;
      peer.victim.handleTimeout(peer.now);
      peer.listen();
      peer.send(acknowledge(peer.received));
    };
    for (let round = 0; round < 100 && kept < 500_000; round++) {
      acknowledgeAll();
      kept += fill();
    }
    // The rounds go on until everything is acknowledged.
    for (let round = 0; round < 20; round++) acknowledgeAll();
    expect(fill()).toBeGreaterThan(500_000);
    expect(peer.victim.isClosed).toBe(false);
  });

  test("answers one PATH_CHALLENGE of those that came since it last sent", () => {
    const peer = meet();
    peer.listen();
    let answers = 0;
    peer.onFrames = (frames) => {
      for (let at = frames.indexOf(0x1b); at !== -1; at = frames.indexOf(0x1b, at + 9)) answers++;
    };
    for (let i = 0; i < 100; i++) peer.send(frame(0x1a, Buffer.alloc(8, 0xee)));
    expect(peer.listen()).toBeUndefined();
    expect(answers).toBe(1);
  });
});
