import type { QuicConnection } from "@florenetes/quic";
import { repeated, type Subject } from "../subject.ts";
import { BATCH_MAX, EnginePair, makeHolders } from "./engine-pair.ts";

/** Sizes of the packets that carry a workload's bytes over three links, in bytes. */
export interface PacketSizes {
  readonly name: string;
  /** A packet between cluster vertices, with its labels. */
  readonly mesh: number;
  /** A UDP payload on a link. A packet between cluster vertices takes `pieces` of them. */
  readonly link: number;
  readonly pieces: number;
  /** An end-to-end QUIC packet, which fills a mesh packet behind its labels. */
  readonly end: number;
}

/** The large mesh packet is one that a link splits; the small one has the least size, and a link's packet holds one of them. */
export const PACKETS: Readonly<Record<"large" | "small", PacketSizes>> = {
  large: { name: "packets of 16 KB", mesh: 16_384, link: 1350, pieces: 13, end: 16_000 },
  small: { name: "packets of 1,280 bytes", mesh: 1280, link: 1313, pieces: 1, end: 1256 },
};

const message = new Uint8Array(100);

/** Sends datagrams in batches of up to 32. The cost includes acknowledgements. */
export function datagrams(payload: number): Subject {
  return {
    name: `engine: datagrams in packets of ${payload.toLocaleString("en")}`,
    operation: "datagram as large as fits, both ends",
    prepare: () => {
      const ends = new EnginePair(payload);
      const datagram = new Uint8Array(ends.client.datagramSizeMax());
      const scratch = new Uint8Array(payload);
      return () => {
        let received = 0;
        for (let sent = 0; sent < 20 * BATCH_MAX;) {
          for (let i = 0; i < BATCH_MAX && ends.client.datagramSendQueueLength() < BATCH_MAX; i++)
            sent += ends.client.sendDatagram(datagram) ? 1 : 0;
          ends.turn(ends.client, ends.server);
          while (ends.server.receiveDatagram(scratch) >= 0) received++;
          ends.turn(ends.server, ends.client);
        }
        return received;
      };
    },
  };
}

/** Sends a stream in batches of up to 32 packets. A thousand nanoseconds here are a CPU second per GB. */
export function stream(payload: number): Subject {
  return {
    name: `engine: a stream in packets of ${payload.toLocaleString("en")}`,
    operation: "1,000 bytes, both ends (1,000 ns: 1 CPU s per GB)",
    prepare: () => {
      const ends = new EnginePair(payload);
      const chunk = new Uint8Array(65_536);
      return () => {
        let received = 0;
        while (received < 1_000_000) {
          while (ends.client.streamSend(0, chunk, false) > 0);
          ends.turn(ends.client, ends.server);
          received += ends.read(ends.server);
          ends.turn(ends.server, ends.client);
        }
        return received / 1000;
      };
    },
  };
}

const handshakes: Subject = {
  name: "engine: a handshake",
  operation: "handshake with an own reset token, both ends",
  prepare: () => {
    const holders = makeHolders();
    return repeated(1, () => {
      const ends = new EnginePair(1350, holders, crypto.getRandomValues(new Uint8Array(16)));
      if (!ends.server.isEstablished) throw new Error("no handshake");
    });
  },
};

/** Sends a message on a stream, and has it answered. */
function exchange(ends: EnginePair, id: number, isLast: boolean): void {
  ends.client.streamSend(id, message, isLast);
  ends.turn(ends.client, ends.server);
  ends.read(ends.server, (heard) => ends.server.streamSend(heard, message, isLast));
  ends.turn(ends.server, ends.client);
  if (ends.read(ends.client) !== message.length) throw new Error("the answer has not come");
}

const streamOpening: Subject = {
  name: "engine: a stream opened, answered, ended",
  operation: "stream with 100 bytes each way, both ends",
  prepare: () => {
    const ends = new EnginePair(1350);
    let next = 0;
    return repeated(20, () => exchange(ends, 4 * next++, true));
  },
};

function pingPong(entries: number): Subject {
  return {
    name: `streams: a ping-pong on one of ${entries.toLocaleString("en")} open streams`,
    operation: "100 bytes there and back, both ends",
    entries,
    prepare: () => {
      const ends = new EnginePair(1350);
      for (let i = 0; i < entries; i++) {
        ends.client.streamSend(4 * i, message, false);
        if (i % 100 === 99) ends.settle();
      }
      ends.settle().read(ends.server);
      return repeated(20, () => exchange(ends, 0, false));
    },
  };
}

function calls(name: string, call: (connection: QuicConnection) => unknown): Subject {
  return {
    name: `engine: ${name}`,
    operation: "call",
    prepare: () => {
      const { client } = new EnginePair(1350);
      return repeated(200, () => call(client));
    },
  };
}

export const ENGINE_SUBJECTS: readonly Subject[] = [
  ...[1200, PACKETS.small.link, PACKETS.large.link].map(datagrams),
  ...[1200, PACKETS.small.end, 1350, 8192, PACKETS.large.end].map(stream),
  handshakes,
  streamOpening,
  ...[1, 100, 10_000].map(pingPong),
  calls("authenticatedPackets()", (connection) => connection.authenticatedPackets()),
  calls("stats()", (connection) => connection.stats()),
  calls("streamCapacity() of a stream that is gone", (connection) => connection.streamCapacity(4)),
];
