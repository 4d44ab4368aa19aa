import { NOT_IN_HEAP } from "@florenetes/scheduling";
import { describe, expect, test } from "vitest";
import { TRANSMIT_BURST_MAX } from "../../src/quic-link/limits.ts";
import { SessionTurns, type TurnTaker } from "../../src/quic-link/session-turns.ts";

/** A session that has this many datagrams to send; each holds one byte, the session's name. */
class Sender implements TurnTaker {
  isTouched = false;
  isDirty = false;
  wereCongested = 0;
  congestedClasses = 0;
  goneAt = Infinity;
  deadline = Infinity;
  heapIndex: number = NOT_IN_HEAP;
  left: number;
  wakeAt = Infinity;
  readonly session: TurnTaker["session"];

  constructor(name: number, left: number) {
    this.left = left;
    this.session = {
      address: { transmitTo: { host: `host-${name}`, port: name } },
      nextTimeout: () => this.wakeAt,
      pollTransmit: (out) => {
        if (this.left === 0) return 0;
        this.left--;
        out[0] = name;
        return 1;
      },
    };
  }
}

function sendAll(turns: SessionTurns<Sender>): number[] {
  const out = new Uint8Array(1);
  const sent: number[] = [];
  while (turns.pollTransmit(out, 0) > 0) {
    expect(turns.transmitTo).toEqual({ host: `host-${out[0]}`, port: out[0] });
    sent.push(out[0]!);
  }
  return sent;
}

describe("turns of sessions", () => {
  test("a session with much to send lets the others send after each burst", () => {
    const turns = new SessionTurns<Sender>();
    const [busy, other] = [new Sender(1, 2 * TRANSMIT_BURST_MAX + 1), new Sender(2, 1)];
    turns.markDirty(busy);
    turns.markDirty(other);
    turns.markDirty(busy);

    const burst = Array.from({ length: TRANSMIT_BURST_MAX }, () => 1);
    expect(sendAll(turns)).toEqual([...burst, 2, ...burst, 1]);
  });

  test("a session that has sent all waits for its time, or for the time at which it is forgotten", () => {
    const turns = new SessionTurns<Sender>();
    const [waiting, over] = [new Sender(1, 1), new Sender(2, 0)];
    waiting.wakeAt = 30;
    over.goneAt = 20;
    turns.markDirty(waiting);
    turns.markDirty(over);
    expect(turns.nextTimeout()).toBe(Infinity);

    sendAll(turns);
    expect(turns.nextTimeout()).toBe(20);
    expect([turns.popDue(30), turns.popDue(30), turns.popDue(30)]).toEqual([over, waiting, undefined]);
  });

  test("a session is touched once, at once, and may be touched again when it was taken", () => {
    const turns = new SessionTurns<Sender>();
    const sender = new Sender(1, 0);
    turns.touch(sender);
    turns.touch(sender);
    expect(turns.nextTimeout()).toBe(-Infinity);
    expect([turns.takeTouched(), turns.takeTouched()]).toEqual([sender, undefined]);
    turns.touch(sender);
    expect(turns.takeTouched()).toBe(sender);
  });

  test("a session whose queue has become full, or free again, is touched: its link tells it", () => {
    const turns = new SessionTurns<Sender>();
    const sender = new Sender(1, 0);
    for (const [classes, touched] of [
      [1, sender],
      [1, undefined],
      [3, sender],
      [0, sender],
    ] as const) {
      sender.congestedClasses = classes;
      turns.markDirty(sender);
      sendAll(turns);
      expect(turns.takeTouched()).toBe(touched);
    }
  });
});
