import type { Checkout } from "../checkout.ts";
import type { Subject } from "../subject.ts";
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
  serve(streams: readonly number[], connection: object, role: object, now: number): void;
}
type ReadersClass = new (quic: EnginePair["server"], limits: object) => Readers;

async function pairWith(entries: number, checkout: Checkout): Promise<EnginePair> {
  const ends = await settledPair(checkout, 1350);
  for (let i = 0; i <= entries; i++) {
    ends.client.streamSend(i * 4, new Uint8Array(10), false);
    if (i % 100 === 99) ends.settle();
  }
  return ends.settle();
}

/** @param receive Reads what has come at the server. */
function pingPong(ends: EnginePair, receive: () => void): void {
  ends.client.streamSend(PING, message, false);
  ends.turn(ends.client, ends.server);
  receive();
  ends.server.streamSend(PING, message, false);
  ends.turn(ends.server, ends.client);
  for (const id of ends.client.readableStreams()) ends.client.streamReceive(id, scratch);
}

function open(entries: number): Subject {
  return {
    name: `streams: a ping-pong on one of ${entries.toLocaleString("en")} open streams`,
    operation: "100 bytes there and back, both ends",
    entries,
    prepare: async (checkout) => {
      const ends = await pairWith(entries, checkout);
      const receive = (): void => {
        for (const id of ends.server.readableStreams()) ends.server.streamReceive(id, scratch);
      };
      receive();
      return () => {
        for (let i = 0; i < ROUND; i++) pingPong(ends, receive);
        return ROUND;
      };
    },
  };
}

/** Read as cluster-flor does where the workloads of all streams but the ping-pong's do not read. */
function unread(entries: number): Subject {
  return {
    name: `streams: a ping-pong on one of ${entries.toLocaleString("en")} streams left unread`,
    operation: "100 bytes there and back, both ends, read as cluster-flor reads",
    entries,
    prepare: async (checkout) => {
      const file = "apps/cluster-flor/src/transport/";
      const { Readers: Class } = await checkout.file<{ Readers: ReadersClass }>(`${file}readers.ts`);
      const { defaultLimits } = await checkout.file<{ defaultLimits: { listPauseMs?: number } }>(`${file}limits.ts`);
      if (defaultLimits.listPauseMs === undefined) throw new Error("its Readers are made in another way");
      const ends = await pairWith(entries, checkout);
      const { server } = ends;
      const readers = new Class(server, defaultLimits);
      const relayOf = (id: number): object => ({
        isPaused: id !== PING,
        pull: () => server.streamReceive(id, scratch),
        checkReceiving: () => server.streamReceive(id, nothing),
      });
      const relays = new Map(Array.from({ length: entries + 1 }, (_, i) => [4 * i, relayOf(4 * i)]));
      const connection = { state: "open", relays };
      const receive = (): void => {
        const now = performance.now();
        readers.handleUnread();
        readers.serve(readers.take(now), connection, {}, now);
      };
      return () => {
        for (let i = 0; i < ROUND; i++) pingPong(ends, receive);
        return ROUND;
      };
    },
  };
}

export const STREAM_SUBJECTS: readonly Subject[] = [...[1, 100, 10_000].map(open), ...[10, 100, 2_000].map(unread)];
