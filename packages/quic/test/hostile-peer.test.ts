/** An authenticated peer sends frames that no honest one would: the engine behind its guard keeps to the law. */
import { closeSync, openSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ACK_DELAY_MS } from "../src/portable/ack-delay.ts";
import { Pair } from "../src/conformance/index.ts";
import { quicheEngine } from "../src/portable/index.ts";
import {
  ACK_RANGES_MAX,
  CONNECTION_IDS_MAX,
  GAPS_MAX,
  HIDDEN_MIN,
  HIDDEN_OF_PROCESS_MAX,
  HIDDEN_STREAM_COST,
  PACKETS_PER_CANARY_MAX,
  PACKETS_PER_CANARY_MIN,
  PATH_CHALLENGES_MAX,
  PIECE_COST,
  UNREAD_PIECES_MAX,
} from "../src/limits.ts";
import { frame, HostilePeer, newConnectionId, streamFrame } from "./hostile-peer.ts";
import { realContext } from "./real-context.ts";

const { client, server } = realContext.credentials;
const one = Buffer.of(1);
const ping = frame(0x01);

function meet(): HostilePeer {
  return new HostilePeer(client, server, {
    streams: { connectionWindow: 2 ** 40, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax: 16_384 },
  });
}

/** The packets that it takes until the victim closes, and the cause by which that is counted. */
function attack(
  packet: (i: number) => readonly Uint8Array[],
  packetsMax: number,
): { packets: number; causes: string[] } {
  const peer = meet();
  const before = { ...quicheEngine.violations };
  let packets = 0;
  while (packets < packetsMax && !peer.victim.isClosed) peer.send(...packet(packets++));
  const causes = Object.keys(before).filter((cause) => quicheEngine.violations[cause]! > before[cause]!);
  if (causes.length > 0) expect(peer.listen()).toMatchObject({ kind: "closed", cause: "local", isApplication: false });
  return { packets, causes };
}

test("an honest exchange is let through", () => {
  const peer = meet();
  peer.send(streamFrame(0, 0, Buffer.from("hello"), true));
  const out = new Uint8Array(10);
  expect(peer.victim.streamReceive(0, out)).toBe(5);
  expect(peer.victim.streamEnded).toBe(true);
  expect(peer.listen()).toBeUndefined();
});

test("a packet behind others in a datagram is judged, and heard when it is within the law", () => {
  const peer = meet();
  peer.sendBehindOther(streamFrame(0, 0, Buffer.from("hello")));
  expect(peer.victim.streamReceive(0, new Uint8Array(10))).toBe(5);
  peer.sendBehindOther(frame(0x06, 0, 1, one));
  expect(peer.listen()).toMatchObject({ kind: "closed", cause: "local", code: 0x0a });
});

test("a packet without the fixed bit behind the end of the handshake is not heard", () => {
  const behind = Buffer.concat([streamFrame(0, 0, Buffer.from("hello")), frame(0x06, 0, 1, one)]);
  const peer = new HostilePeer(client, server, {}, behind);
  expect(peer.victim.readableStreams()).toEqual([]);
  expect(peer.listen()).toBeUndefined();
  peer.send(streamFrame(0, 0, Buffer.from("hello")));
  expect(peer.victim.streamReceive(0, new Uint8Array(10))).toBe(5);
});

test("without a file descriptor for its keys a connection ends with the first packet that could not be judged", async () => {
  const before = quicheEngine.violations["NO_KEYS"]!;
  const pair = withoutDescriptors(() => new Pair(realContext));
  await pair.until(() => pair.client.isClosed, "the client has closed");
  expect(pair.clientEvents.at(-1)).toMatchObject({ kind: "closed", cause: "local", isApplication: false });
  expect(quicheEngine.violations["NO_KEYS"]).toBe(before + 1);
});

/** Does something while the process has opened all the files that it may. */
function withoutDescriptors<Result>(act: () => Result): Result {
  const open: number[] = [];
  try {
    for (;;) open.push(openSync("/dev/null", "r"));
  } catch {
    return act();
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

describe("a connection is closed that", () => {
  test.each<[string, string, (i: number) => readonly Uint8Array[], number]>([
    [
      "leaves gaps of a byte in a stream",
      "HIDDEN_BYTES",
      (i) => Array.from({ length: 150 }, (_, n) => streamFrame(4 * (i % 40), 2 * (150 * i + n) + 1, one)),
      HIDDEN_MIN / PIECE_COST / 150 + 2,
    ],
    [
      "leaves more gaps in one stream than its window has packets",
      "GAPS",
      (i) => Array.from({ length: 150 }, (_, n) => streamFrame(0, 200_000 - 2 * (150 * i + n), one)),
      GAPS_MAX / 150 + 1,
    ],
    [
      "sends bytes one by one that nobody reads",
      "HIDDEN_BYTES",
      (i) => Array.from({ length: 150 }, (_, n) => streamFrame(4 * Math.floor(i / 1_000), 150 * (i % 1_000) + n, one)),
      (HIDDEN_MIN + UNREAD_PIECES_MAX) / PIECE_COST / 150 + 2,
    ],
    [
      "sends large frames with one new byte each",
      "HIDDEN_BYTES",
      (i) => [streamFrame(0, i, Buffer.alloc(1_300))],
      (HIDDEN_MIN + UNREAD_PIECES_MAX) / 1_300 + 2,
    ],
    [
      "leaves the first bytes of all streams out",
      "HIDDEN_BYTES",
      (i) => [streamFrame(4 * i, 1, Buffer.alloc(1_300))],
      HIDDEN_MIN / 1_300 + 2,
    ],
    [
      "begins streams without a byte",
      "HIDDEN_BYTES",
      (i) => Array.from({ length: 100 }, (_, n) => frame(n % 2 === 0 ? 0x05 : 0x11, 4 * (100 * i + n), 0)),
      30,
    ],
    ["sends CRYPTO after the handshake", "CRYPTO_DATA", (i) => [frame(0x06, 2 * i, 1, one)], 1],
    [
      "gives new IDs and retires them",
      "CONNECTION_IDS",
      (i) => [newConnectionId(i + 1, i + 1)],
      CONNECTION_IDS_MAX + 1,
    ],
    ["retires our only ID", "CONNECTION_IDS", () => [frame(0x19, 0)], 1],
    [
      "challenges without end",
      "PATH_CHALLENGES",
      () => [frame(0x1a, Buffer.alloc(8)), frame(0x1a, Buffer.alloc(8))],
      PATH_CHALLENGES_MAX / 2 + 1,
    ],
    ["acknowledges what was not sent", "ACK_OF_UNSENT", () => [frame(0x02, 10_000, 0, 0, 0)], 1],
    [
      "acknowledges in too many ranges",
      "ACK_RANGES",
      () => [frame(0x02, 10_000, 0, ACK_RANGES_MAX, 0, Buffer.alloc(2 * ACK_RANGES_MAX))],
      1,
    ],
    ["sends a frame that nobody knows", "MALFORMED_FRAME", () => [frame(0x21)], 1],
    ["sends a frame that is cut off", "MALFORMED_FRAME", () => [frame(0x18, 1, 1)], 1],
  ])("%s", (_, cause, packet, packetsMax) => {
    const { packets, causes } = attack(packet, Math.ceil(packetsMax));
    expect(causes).toEqual([cause]);
    expect(packets).toBeLessThanOrEqual(packetsMax);
  });
});

test("when all connections hide too much, the worst one is closed without a packet of its own", () => {
  const before = quicheEngine.violations["HIDDEN_BYTES_OF_ALL"]!;
  const streams = Math.floor(HIDDEN_MIN / HIDDEN_STREAM_COST) - 10;
  const due: HostilePeer[] = [];
  const peers: HostilePeer[] = [];
  while (due.length === 0) {
    const peer = meet();
    peer.victim.owner = peers.length < 20 ? "attacker" : "honest";
    peer.victim.onDue = () => due.push(peer);
    peers.push(peer);
    for (let i = 0; i < streams; i += 100) {
      const ids = Array.from({ length: Math.min(100, streams - i) }, (_, n) => 4 * (i + n));
      peer.send(...ids.map((id) => frame(0x11, id, 0)));
    }
    expect(peers.length).toBeLessThanOrEqual(Math.ceil(HIDDEN_OF_PROCESS_MAX / (streams * HIDDEN_STREAM_COST)));
  }
  expect(due).toEqual([peers[0]]);
  expect(peers[0]!.victim.pollEvent()).toMatchObject({ kind: "closed", cause: "local", code: 0x0a });
  expect(peers.filter(({ victim }) => victim.isClosed)).toEqual([peers[0]]);
  expect(quicheEngine.violations["HIDDEN_BYTES_OF_ALL"]).toBe(before + 1);
});

test("key updates are followed for as long as the peer waits for an answer to each, and a second one at once is an error", () => {
  const peer = meet();
  const octet = new Uint8Array(1);
  for (let offset = 0; offset < 20; offset++) {
    peer.send(streamFrame(0, offset, one));
    expect(peer.victim.streamReceive(0, octet), `${offset} updates`).toBe(1);
    // Acknowledgements wait for company.
    peer.now += 2 * ACK_DELAY_MS;
    expect(peer.listen()).toBeUndefined();
    peer.updateKeys();
  }
  peer.send(ping);
  peer.updateKeys();
  peer.send(streamFrame(0, 20, one));
  expect(peer.victim.streamReceive(0, octet)).toBeLessThanOrEqual(0);
  // RFC 9001, 6.2: KEY_UPDATE_ERROR.
  expect(peer.listen()).toMatchObject({ kind: "closed", cause: "local", isApplication: false, code: 0x0e });
});

describe("a peer that is sent a stream without end", () => {
  /** With room for four numbers that are left out, however late each comes. */
  const packets = 5 * PACKETS_PER_CANARY_MAX;
  const leftOutMin = 4;
  const leftOutMax = packets / PACKETS_PER_CANARY_MIN + 4;

  /** Habits of a peer: what it does before each of its acknowledgements. */
  const habits: Record<string, (peer: HostilePeer, round: number) => void> = {
    "does nothing else": () => {},
    "updates its keys": (peer, round) => updateKeys(peer, round < 1),
    "updates its keys twice": (peer, round) => updateKeys(peer, round < 2),
    "updates its keys a hundred times": (peer, round) => updateKeys(peer, round < 100),
    "gets a longer connection ID": (peer, round) => round === 30 && peer.changeId(20),
    "asks for an acknowledgement each time": (peer) => peer.send(ping),
  };

  function updateKeys(peer: HostilePeer, isTime: boolean): void {
    if (!isTime) return;
    peer.updateKeys();
    // Its acknowledgement allows the next update.
    peer.send(ping);
  }

  /** Rounds of sending and acknowledging, until the victim closes or has sent so many packets. */
  function download(habit: string, isHonest: boolean): HostilePeer {
    const peer = meet();
    peer.send(streamFrame(0, 0, one), frame(0x10, 2 ** 40), frame(0x11, 0, 2 ** 40));
    const chunk = new Uint8Array(65_536);
    for (let round = 0; peer.received.length < packets && !peer.victim.isClosed; round++) {
      while (peer.victim.streamSend(0, chunk, false) === chunk.length);
      peer.listen(64);
      habits[habit]!(peer, round);
      peer.send(acknowledge(isHonest ? peer.received : everythingUpTo(peer.received.at(-1)!)));
    }
    return peer;
  }

  /** How many of the victim's numbers did not come. */
  const leftOutOf = ({ received }: HostilePeer): number => received.at(-1)! + 1 - new Set(received).size;

  describe.each(Object.keys(habits))("and %s,", (habit) => {
    test("meets numbers that are left out, and is not troubled when it says what it has received", () => {
      const peer = download(habit, true);
      expect(peer.victim.isClosed).toBe(false);
      expect(leftOutOf(peer)).toBeGreaterThanOrEqual(leftOutMin);
      expect(leftOutOf(peer)).toBeLessThanOrEqual(leftOutMax);
    });

    test("is closed when it acknowledges more than it has received", () => {
      const before = quicheEngine.violations["ACK_OF_UNSENT"]!;
      const { victim, received } = download(habit, false);
      expect(victim.isClosed).toBe(true);
      expect(quicheEngine.violations["ACK_OF_UNSENT"]).toBe(before + 1);
      expect(received.length).toBeLessThan(2 * PACKETS_PER_CANARY_MAX);
    });
  });

  test.each([10, 1_000])(
    "meets them as well where datagrams of %i bytes wait all the time, and none is lost",
    (length) => {
      const peer = meet();
      const { victim } = peer;
      const mark = Buffer.from("a datagram");
      const datagram = Buffer.concat([mark, Buffer.alloc(length - mark.length)]);
      let [sent, received] = [0, 0];
      peer.onFrames = (frames) => {
        for (let at = frames.indexOf(mark); at >= 0; at = frames.indexOf(mark, at + 1)) received++;
      };
      while (peer.received.length < packets) {
        for (let packet = 0; packet < 64; packet++) {
          while (victim.datagramSendQueueLength() < 3 && victim.sendDatagram(datagram)) sent++;
          peer.listen(1);
        }
        peer.send(acknowledge(peer.received));
      }
      expect(victim.isClosed).toBe(false);
      expect(leftOutOf(peer)).toBeGreaterThanOrEqual(leftOutMin);
      expect(leftOutOf(peer)).toBeLessThanOrEqual(leftOutMax);
      expect(received).toBe(sent - victim.datagramSendQueueLength());
    },
  );
});

/** An ACK frame (RFC 9000, 19.3) for these numbers; the oldest ranges are left out, as receivers may. */
function acknowledge(numbers: readonly number[]): Buffer {
  const sorted = [...new Set(numbers)].sort((a, b) => b - a);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[0] === number + 1) last[0] = number;
    else if (ranges.length === 30) break;
    else ranges.push([number, number]);
  }
  const [first, ...more] = ranges;
  const fields = more.flatMap(([low, high], i) => [ranges[i]![0] - high - 2, high - low]);
  return frame(0x02, first![1], 0, more.length, first![1] - first![0], ...fields);
}

const everythingUpTo = (largest: number): number[] => Array.from({ length: largest + 1 }, (_, number) => number);
