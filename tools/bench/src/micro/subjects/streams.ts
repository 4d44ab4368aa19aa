import { loadFile, type Subject } from "../subject.ts";
import { type EnginePair, settledPair } from "./engine-pair.ts";

const scratch = new Uint8Array(65_536);
const nothing = new Uint8Array(0);
const message = new Uint8Array(100);
const ROUND = 20;
/** The ping-pong's: the first that is not cluster-flor's control stream. */
const PING = 4;

/** The part of cluster-flor's Readers that is needed. */
interface Readers {
  handleUnread(): void;
  take(now: number): readonly number[];
  serve(connection: object, now: number): void;
}
type ReadersClass = new (quic: EnginePair["server"], limits: object) => Readers;

function pairWith(entries: number): EnginePair {
  const ends = settledPair(1350);
  for (let i = 0; i <= entries; i++) {
    ends.client.streamSend(i * 4, new Uint8Array(10), false);
    if (i % 100 === 99) ends.settle();
  }
  return ends.settle();
}

/** @param receive Reads what has come at the server, and returns how many bytes that were. */
function pingPongs(ends: EnginePair, receive: () => number): number {
  let heard = 0;
  for (let i = 0; i < ROUND; i++) {
    ends.client.streamSend(PING, message, false);
    ends.turn(ends.client, ends.server);
    heard += receive();
    ends.server.streamSend(PING, message, false);
    ends.turn(ends.server, ends.client);
    for (const id of ends.client.readableStreams()) ends.client.streamReceive(id, scratch);
  }
  if (heard < ROUND * message.length) throw new Error(`${heard} bytes of ${ROUND} messages were read`);
  return ROUND;
}

function open(entries: number): Subject {
  return {
    name: `streams: a ping-pong on one of ${entries.toLocaleString("en")} open streams`,
    operation: "100 bytes there and back, both ends",
    entries,
    prepare: () => {
      const ends = pairWith(entries);
      const receive = (): number => {
        let heard = 0;
        for (const id of ends.server.readableStreams()) heard += ends.server.streamReceive(id, scratch);
        return heard;
      };
      receive();
      return () => pingPongs(ends, receive);
    },
  };
}

/** Read as cluster-flor does where the workloads of all streams but the ping-pong's do not read. */
function unread(entries: number): Subject {
  return {
    name: `streams: a ping-pong on one of ${entries.toLocaleString("en")} streams left unread`,
    operation: "100 bytes there and back, both ends, read as cluster-flor reads",
    entries,
    prepare: async () => {
      const file = "apps/cluster-flor/src/transport/";
      const { Readers: Class } = await loadFile<{ Readers: ReadersClass }>(`${file}streams/readers.ts`);
      const { defaultLimits } = await loadFile<{ defaultLimits: object }>(`${file}limits.ts`);
      const ends = pairWith(entries);
      const { server } = ends;
      const readers = new Class(server, defaultLimits);
      let heard = 0;
      const relayOf = (id: number): object => ({
        isPaused: id !== PING,
        pull: () => (heard += Math.max(0, server.streamReceive(id, scratch))),
        checkReceiving: () => server.streamReceive(id, nothing),
      });
      const relays = new Map(Array.from({ length: entries + 1 }, (_, i) => [4 * i, relayOf(4 * i)]));
      const connection = { state: "open", relays };
      const receive = (): number => {
        const now = performance.now();
        heard = 0;
        readers.handleUnread();
        readers.take(now);
        readers.serve(connection, now);
        return heard;
      };
      return () => pingPongs(ends, receive);
    },
  };
}

export const STREAM_SUBJECTS: readonly Subject[] = [...[1, 100, 10_000].map(open), ...[10, 100, 2_000].map(unread)];
