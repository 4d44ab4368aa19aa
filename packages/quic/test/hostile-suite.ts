/** An authenticated peer sends frames that no honest one would: an engine keeps to the law. */
import { describe, expect, test } from "vitest";
import type { ConformanceCredentials } from "../testing/conformance/index.ts";
import type { QuicEngine } from "../src/index.ts";
import {
  HIDDEN_MIN,
  HIDDEN_OF_PROCESS_MAX,
  HIDDEN_STREAM_COST,
  PACKETS_PER_CANARY_MAX,
  PACKETS_PER_CANARY_MIN,
} from "../src/limits.ts";
import { breaches, closeCodeOf } from "./breaches.ts";
import { frame, HostilePeer, streamFrame } from "./hostile-peer.ts";

const one = Buffer.of(1);
const ping = frame(0x01);
/** An acknowledgement's longest delay in any engine, in milliseconds (RFC 9000, 18.2). */
const ACK_DELAY_MAX_MS = 26;

type Meet = () => HostilePeer;

/** The tests that an engine passes if its connections are those of real peers. */
export function describeHostilePeers(engine: QuicEngine, { client, server }: ConformanceCredentials): void {
  const streams = {
    connectionWindow: 2 ** 40,
    streamWindow: 262_144,
    streamWindowMax: 262_144,
    bidirectionalMax: 16_384,
  };
  const meet: Meet = () => new HostilePeer(client, server, { streams }, undefined, engine);

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
    peer.sendBehindOther(30, streamFrame(0, 0, Buffer.from("hello")));
    expect(peer.victim.streamReceive(0, new Uint8Array(10))).toBe(5);
    peer.sendBehindOther(30, frame(0x06, 0, 1, one));
    expect(peer.listen()).toMatchObject({ kind: "closed", cause: "local", code: 0x0a });
  });

  test("a packet without the fixed bit behind the end of the handshake is not heard", () => {
    const behind = Buffer.concat([streamFrame(0, 0, Buffer.from("hello")), frame(0x06, 0, 1, one)]);
    const peer = new HostilePeer(client, server, {}, behind, engine);
    expect(peer.victim.readableStreams()).toEqual([]);
    expect(peer.listen()).toBeUndefined();
    peer.send(streamFrame(0, 0, Buffer.from("hello")));
    expect(peer.victim.streamReceive(0, new Uint8Array(10))).toBe(5);
  });

  describe("a connection is closed that", () => describeBreaches(engine, meet));
  describe("a peer that is sent a stream without end", () => describeDownloads(engine, meet));
}

function describeBreaches(engine: QuicEngine, meet: Meet): void {
  /** Sends packets until the victim closes; returns their number, and the causes by which the breach is counted. */
  function attack(
    packet: (i: number) => readonly Uint8Array[],
    packetsMax: number,
  ): { packets: number; causes: string[] } {
    const peer = meet();
    const before = { ...engine.violations };
    let packets = 0;
    while (packets < packetsMax && !peer.victim.isClosed) peer.send(...packet(packets++));
    const event = peer.listen();
    const causes = Object.keys(before).filter((cause) => engine.violations[cause]! > before[cause]!);
    if (causes.length > 0) {
      expect(event).toMatchObject({
        kind: "closed",
        cause: "local",
        isApplication: false,
        code: closeCodeOf(causes[0]!),
      });
    }
    return { packets, causes };
  }

  test.each(breaches)("%s", (_, cause, packet, packetsMax) => {
    const { packets, causes } = attack(packet, Math.ceil(packetsMax));
    expect(causes).toEqual([cause]);
    expect(packets).toBeLessThanOrEqual(packetsMax);
  });

  test("hides most when all hide too much, without a packet of its own", () => {
    const before = engine.violations["HIDDEN_BYTES_OF_ALL"]!;
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
    expect(engine.violations["HIDDEN_BYTES_OF_ALL"]).toBe(before + 1);
  });

  test("updates its keys twice at once; updates are followed for as long as it waits for an answer to each", () => {
    const peer = meet();
    const octet = new Uint8Array(1);
    for (let offset = 0; offset < 20; offset++) {
      peer.send(streamFrame(0, offset, one));
      expect(peer.victim.streamReceive(0, octet), `${offset} updates`).toBe(1);
      // Acknowledgements wait for other frames until this time.
      peer.now += ACK_DELAY_MAX_MS;
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
}

function describeDownloads(engine: QuicEngine, meet: Meet): void {
  /** The number of packets leaves room for four numbers that are left out, however late each comes. */
  const packets = 5 * PACKETS_PER_CANARY_MAX;
  const leftOutMin = 4;
  const leftOutMax = packets / PACKETS_PER_CANARY_MIN + 4;

  /** Habits of a peer: what it does before each of its acknowledgements. */
  const habits: Record<string, (peer: HostilePeer, round: number) => void> = {
    "does nothing else": () => {},
    "updates its keys": (peer, round) => updateKeys(peer, round < 1),
    "updates its keys twice": (peer, round) => updateKeys(peer, round < 2),
    "updates its keys a hundred times": (peer, round) => updateKeys(peer, round < 100),
    // The ID changes early, while a new reader can tell which numbers the short ones on the wire stand for.
    "gets a longer connection ID": (peer, round) => round === 0 && peer.changeId(20),
    "asks for an acknowledgement each time": (peer) => peer.send(ping),
  };

  function updateKeys(peer: HostilePeer, isTime: boolean): void {
    if (!isTime) return;
    peer.updateKeys();
    // The victim's acknowledgement of the ping allows the next update.
    peer.send(ping);
  }

  /** Sends and acknowledges in rounds, until the victim closes or has sent `packets` packets. */
  function download(habit: string, isHonest: boolean): HostilePeer {
    const peer = meet();
    peer.send(streamFrame(0, 0, one), frame(0x10, 2 ** 40), frame(0x11, 0, 2 ** 40));
    const chunk = new Uint8Array(65_536);
    for (let round = 0; peer.received.length < packets && !peer.victim.isClosed; round++) {
      expect(round).toBeLessThan(packets);
      while (peer.victim.streamSend(0, chunk, false) === chunk.length);
      peer.listen(64);
      habits[habit]!(peer, round);
      peer.send(acknowledge(isHonest ? peer.received : everythingUpTo(peer.received.at(-1)!)));
    }
    return peer;
  }

  /** How many of the victim's packet numbers were left out. */
  const leftOutOf = ({ received }: HostilePeer): number => received.at(-1)! + 1 - new Set(received).size;

  describe.each(Object.keys(habits))("and %s,", (habit) => {
    test("meets numbers that are left out, and is not troubled when it says what it has received", () => {
      const peer = download(habit, true);
      expect(peer.victim.isClosed).toBe(false);
      expect(leftOutOf(peer)).toBeGreaterThanOrEqual(leftOutMin);
      expect(leftOutOf(peer)).toBeLessThanOrEqual(leftOutMax);
    });

    test("is closed when it acknowledges more than it has received", () => {
      const before = engine.violations["ACK_OF_UNSENT"]!;
      const peer = download(habit, false);
      const { victim, received } = peer;
      peer.listen();
      expect(victim.isClosed).toBe(true);
      expect(engine.violations["ACK_OF_UNSENT"]).toBe(before + 1);
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
      for (let round = 0; peer.received.length < packets; round++) {
        expect(round).toBeLessThan(packets);
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
}

/** An ACK frame (RFC 9000, 19.3) for these numbers; the oldest ranges are left out, as receivers may. */
export function acknowledge(numbers: readonly number[]): Buffer {
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
