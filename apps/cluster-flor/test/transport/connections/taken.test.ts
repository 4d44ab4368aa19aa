/** A peer tells what its workload has taken, whether that is true or not, and is told what our workload has taken. */
import { beforeEach, describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { TAKEN_PER_TURN } from "../../../src/transport/limits.ts";
import { MessageReader, ReadState, decodeTaken, encodeTaken } from "../../../src/transport/messages.ts";
import { OwnSocket } from "../../../src/transport/streams/own-socket.ts";
import { StreamRelay } from "../../../src/transport/streams/stream-relay.ts";
import { OwnTalker, ownAccounts } from "../mesh/own-workloads.ts";
import { LoneConnection } from "./lone-connection.ts";

const head = Uint8Array.of(1, 0, 2, 0, 1);

let lone: LoneConnection;
beforeEach(() => {
  lone = new LoneConnection();
  lone.open();
});

/** A stream on which five bytes were written. */
function begin(id: number, isEnding = false, asksTaken = true): OwnTalker {
  const { streams } = lone.connection;
  let talker: OwnTalker | undefined;
  const soon = (call: () => void): void => void lone.scheduler.after(0, call);
  const socket = new OwnSocket(
    (stream) => (talker = new OwnTalker(stream, ["hello"], isEnding)),
    { budget: streams.budget, soon },
    asksTaken,
  );
  const relay = new StreamRelay(streams, id, { socket, account: ownAccounts().streams, asksTaken, now: 0 });
  streams.addRelay(relay);
  relay.start(head);
  lone.runFor(100);
  return talker!;
}

function tell(stream: number, ...notices: readonly [offset: number, isEnd: boolean][]): void {
  lone.actAsPeer((peer) => {
    for (const [offset, isEnd] of notices) peer.streamSend(0, encodeTaken({ stream, offset, isEnd }), false);
  });
  lone.runFor(100);
}

/** All messages about taken bytes that the peer got, as [stream, offset, end]. */
function told(): [number, number, boolean][] {
  const notices: [number, number, boolean][] = [];
  lone.actAsPeer((peer) => {
    for (let reader = new MessageReader(); ;) {
      const count = peer.streamReceive(0, reader.room);
      if (count <= 0) return;
      if (reader.advance(count) !== ReadState.whole) continue;
      const taken = decodeTaken(reader.body);
      if (taken !== undefined) notices.push([taken.stream, taken.offset, taken.isEnd]);
      reader = new MessageReader();
    }
  });
  return notices;
}

describe("a peer that tells what its workload has taken", () => {
  test("is heard, and of many messages the last one", () => {
    const talker = begin(4);
    tell(4, [1, false], [2, false], [4, false]);
    expect(talker.taken).toEqual({ offset: 4, isEnd: false });
    tell(4, [5, false]);
    expect(talker.taken).toEqual({ offset: 5, isEnd: false });
    expect(talker.reset).toBeUndefined();
  });

  test.each<[string, [number, boolean][]]>([
    ["nothing new", [[0, false]]],
    ["more than was sent", [[6, false]]],
    ["far more", [[2 ** 53, false]]],
    [
      "less than before",
      [
        [4, false],
        [3, false],
      ],
    ],
    [
      "the same again",
      [
        [4, false],
        [4, false],
      ],
    ],
    ["an end that was not sent", [[5, true]]],
  ])("and tells %s has its stream reset, and no other", (_, notices) => {
    const [talker, other] = [begin(4), begin(8)];
    tell(4, ...notices);
    expect(talker.reset?.code).toBe(Code.malformed);
    tell(8, [5, false]);
    expect(other.taken.offset).toBe(5);
    expect([...lone.connection.streams.relays.keys()]).toEqual([8]);
    expect(lone.connection.state).toBe("open");
  });

  test("of streams that are not there, or whose ends do not tell, says nothing", () => {
    const talker = begin(4, false, false);
    tell(4, [5, false], [9, true]);
    tell(400, [5, false], [5, false]);
    expect([talker.taken.offset, talker.reset, lone.connection.state]).toEqual([0, undefined, "open"]);
  });
});

describe("a peer is told what a workload has taken", () => {
  test("once in a turn, the newest", () => {
    const talker = begin(4);
    talker.isTaking = false;
    lone.actAsPeer((peer) => peer.streamSend(4, new Uint8Array(1_000), false));
    lone.runFor(100);
    expect(told()).toEqual([]);
    for (const offset of [10, 999, 1_000]) talker.stream.acknowledge(offset, false);
    talker.stream.take();
    lone.runFor(100);
    expect(told()).toEqual([[4, 1_000, false]]);
  });

  test("of more streams than in a turn, too", () => {
    const streams = Array.from({ length: TAKEN_PER_TURN + 10 }, (_, index) => 4 + 4 * index);
    const talkers = streams.map((stream) => begin(stream));
    for (let at = 0; at < streams.length; at += 10) {
      lone.actAsPeer((peer) => {
        for (const stream of streams.slice(at, at + 10)) peer.streamSend(stream, Uint8Array.of(7), false);
      });
      lone.runFor(100);
    }
    expect(talkers.every((talker) => talker.received.length === 1)).toBe(true);
    expect(
      told()
        .map(([stream]) => stream)
        .toSorted((one, other) => one - other),
    ).toEqual(streams);
  });

  test("of the end, before the stream is over", () => {
    const talker = begin(4, true);
    talker.isTaking = false;
    lone.actAsPeer((peer) => peer.streamSend(4, Uint8Array.of(0), true));
    lone.runFor(100);
    expect([talker.hasPeerEnded, lone.connection.streamsOpen]).toEqual([true, 1]);
    expect(lone.connection.budget.held).toBe(lone.limits.memoryPerStream);
    talker.take();
    lone.runFor(100);
    expect(told()).toEqual([[4, 0, true]]);
    expect(lone.connection.streamsOpen).toBe(1);
    tell(4, [5, true]);
    expect(talker.taken).toEqual({ offset: 5, isEnd: true });
    expect([lone.connection.streamsOpen, lone.connection.budget.held, talker.reset]).toEqual([0, 0, undefined]);
  });

  test("by a message of its own, when a stream is given up whose halves are over", () => {
    const talker = begin(4, true);
    lone.actAsPeer((peer) => peer.streamSend(4, Uint8Array.of(0), true));
    lone.runFor(100);
    talker.stream.reset(Code.overBudget);
    lone.runFor(100);
    expect(talker.reset?.code).toBe(Code.overBudget);
    expect(lone.connection.streamsOpen).toBe(0);
  });
});
