/** Bounds on the life of one end of a connection, in virtual time. */
import { describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { encodeFinish } from "../../../src/transport/messages.ts";
import { LoneConnection } from "./lone-connection.ts";

const byte = Uint8Array.of(1);

describe("a peer that shakes hands and never says hello", () => {
  test("has twice the time of a handshake, whatever else it says", () => {
    const lone = new LoneConnection();
    const bound = 2 * lone.limits.handshakeMs;
    lone.runFor(1_000);
    expect(lone.connection.state).toBe("open");
    for (; lone.scheduler.now < bound - 1_000; lone.runFor(1_000)) lone.actAsPeer((peer) => peer.ping());
    expect(lone.connection.state).toBe("open");
    lone.runFor(1_010);
    expect(lone.end).toMatchObject({ code: Code.malformed, text: "no hello" });
  });

  test("breaks the law, too, where it answers and says nothing by itself", () => {
    const lone = new LoneConnection();
    lone.runFor(2 * lone.limits.handshakeMs + 100);
    expect(lone.end).toMatchObject({ code: Code.malformed, cause: "local", text: "no hello" });
  });

  test.each([100, 4_000, 7_500])("breaks none where an outage has cut it off %i ms after the beginning", (cutAt) => {
    const lone = new LoneConnection();
    lone.runFor(cutAt);
    expect(lone.connection.state).toBe("open");
    lone.isCut = true;
    lone.runFor(2 * lone.limits.handshakeMs);
    expect(lone.end).toMatchObject({ code: Code.silent, cause: "silent" });
  });

  test("says it in the last moment, and stays", () => {
    const lone = new LoneConnection();
    lone.runFor(2 * lone.limits.handshakeMs - 1_000);
    lone.open();
    lone.runFor(2_000);
    expect(lone.connection.state).toBe("open");
  });
});

describe("a connection that drains", () => {
  test("waits for what is unacknowledged, and no longer than so long", () => {
    const lone = new LoneConnection();
    lone.open();
    lone.isCut = true;
    lone.connection.quic.ping();
    lone.connection.drain();
    lone.runFor(lone.limits.lingerMs - 100);
    expect(lone.end).toBeUndefined();
    lone.runFor(200);
    expect(lone.end).toMatchObject({ code: Code.done });
  });

  test("is left to its acceptor when everything is acknowledged", () => {
    const lone = new LoneConnection();
    lone.open();
    lone.connection.drain();
    lone.runFor(100);
    expect(lone.end).toBeUndefined();
    lone.actAsPeer((peer, now) => {
      const message = new Uint8Array(1_000);
      const length = peer.streamReceive(0, message);
      expect(message.subarray(0, length).subarray(-4)).toEqual(encodeFinish());
      peer.close(Code.done, "");
      peer.handleTimeout(now);
    });
    lone.runFor(100);
    expect(lone.end).toMatchObject({ code: Code.done, cause: "peer" });
  });

  test("is not left to it for longer than so", () => {
    const lone = new LoneConnection({ silenceMs: 600_000 });
    lone.open();
    lone.connection.drain();
    lone.runFor(lone.limits.finishMs - 100);
    expect(lone.end).toBeUndefined();
    lone.runFor(300);
    expect(lone.end).toMatchObject({ code: Code.done, cause: "local" });
  });

  test("does not go before the peer's last bytes are acknowledged, though the link takes no packets", () => {
    const lone = new LoneConnection();
    lone.open();
    lone.isWritable = false;
    lone.actAsPeer((peer) => peer.streamSend(0, byte, false));
    lone.runFor(1_000);
    lone.connection.drain();
    lone.runFor(1_000);
    expect(lone.end).toBeUndefined();
    const before = lone.packets;
    lone.isWritable = true;
    lone.runFor(1_000);
    expect(lone.packets).toBeGreaterThan(before);
    lone.runFor(lone.limits.finishMs);
    expect(lone.end).toMatchObject({ code: Code.done });
  });
});

test("while the link takes no packets, a connection with an acknowledgement to send sleeps", () => {
  const lone = new LoneConnection();
  lone.open();
  lone.runFor(1_000);
  lone.isWritable = false;
  lone.actAsPeer((peer) => peer.ping());
  lone.isCut = true;
  lone.wakes = 0;
  lone.runFor(5_000);
  // The connection wakes now and then for its own signs of life.
  expect(lone.wakes).toBeLessThan(20);
  const before = lone.packets;
  lone.isWritable = true;
  lone.runFor(100);
  expect(lone.packets).toBeGreaterThan(before);
});
