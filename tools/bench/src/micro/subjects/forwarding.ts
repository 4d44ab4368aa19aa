import { DataFrameWriter, FIRST_PACKET, nextPacket } from "@florenetes/florio";
import { wordsOf, writeHeader } from "@florenetes/labels";
import { loadFile, scattered, type Subject } from "../subject.ts";

const LABEL = 20;
/** Adjacency label of link 0; those of the others follow. */
const LINK_LABELS = 100;
/** With two labels. */
const HEADER_SIZE = 20;
const HOP_LIMIT = 32;
const PACKET_SIZE = 1280;
const LINK_MTU = 16_384;

/** The part of cluster-flor's Forwarder that is measured. */
interface Forwarder {
  handleFrame(inLink: number, frame: Uint8Array): void;
}

interface ForwarderOptions {
  readonly config: object;
  readonly output: object;
  readonly delivery: object;
  readonly afterTurn: () => void;
  readonly now: () => number;
  readonly seed: number;
  readonly onGuessing: () => void;
}

interface Counted {
  readonly forwarder: Forwarder;
  readonly sent: () => number;
}

/** Links 0, 1, …, each with transit to the next one, and between the first two a cross-connect that swaps a label for itself. */
async function openForwarder(links: number): Promise<Counted> {
  const module = await loadFile<{ Forwarder: new (options: ForwarderOptions) => Forwarder }>(
    "apps/cluster-flor/src/forwarding/forwarder.ts",
  );
  let sent = 0;
  const sendFrame = (_link: number, _frame: Uint8Array, count: number): boolean => {
    sent += count;
    return true;
  };
  const forwarder = new module.Forwarder({
    config: {
      links: Array.from({ length: links }, (_, index) => ({ name: `link-${index}`, label: LINK_LABELS + index })),
      transit: Array.from({ length: links - 1 }, (_, index) => [index, index + 1]),
      // More than any machine gets through.
      transitLimit: { packetsPerSecond: 1e9, bytesPerSecond: 1e12 },
      crossConnects: [{ from: { link: 0, label: LABEL }, to: { link: 1, label: LABEL } }],
      lspEnds: [],
      services: [],
    },
    output: {
      sendFrame,
      sendPacket: () => false,
      isUp: () => true,
      isWritable: () => true,
      mtu: () => LINK_MTU,
      preferredMtu: () => LINK_MTU,
    },
    delivery: {},
    afterTurn: () => undefined,
    now: () => performance.now(),
    seed: 1,
    onGuessing: () => undefined,
  });
  return { forwarder, sent: () => sent };
}

function frameOf(packets: number, label: number): Uint8Array {
  const packet = new Uint8Array(PACKET_SIZE);
  writeHeader(packet, 0, 1, 2, wordsOf([label, 900]), HOP_LIMIT);
  const writer = new DataFrameWriter();
  writer.reset(1);
  for (let i = 0; i < packets; i++) writer.append(packet, 0, PACKET_SIZE);
  return writer.bytes().slice();
}

/** Whole frames from one link to another, without any socket. */
function transit(packets: number): Subject {
  return {
    name: `forwarding: transit in frames of ${packets}`,
    operation: "packet, from the frame that came in to the frame that leaves",
    prepare: async () => {
      const { forwarder, sent } = await openForwarder(2);
      const frame = frameOf(packets, LABEL);
      return () => {
        const before = sent();
        for (let turn = 0; turn < 32; turn++) {
          for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) frame[at + 1] = HOP_LIMIT;
          forwarder.handleFrame(0, frame);
        }
        if (sent() !== before + 32 * packets) throw new Error("packets were dropped");
        return 32 * packets;
      };
    },
  };
}

/** A packet each from links in no order, sent on to the next link by its adjacency label. */
function links(entries: number): Subject {
  return {
    name: `forwarding: transit between ${entries.toLocaleString("en")} links`,
    operation: "packet, from the frame that came in to the frame that leaves",
    entries,
    prepare: async () => {
      const { forwarder, sent } = await openForwarder(entries);
      const from = scattered(256, entries - 1);
      const frames: Uint8Array[] = [];
      for (const link of from) frames.push(frameOf(1, LINK_LABELS + link + 1));
      const headers = frames.map((frame) => frame.slice(FIRST_PACKET, FIRST_PACKET + HEADER_SIZE));
      return () => {
        const before = sent();
        for (let i = 0; i < frames.length; i++) {
          const [frame, header] = [frames[i]!, headers[i]!];
          for (let at = 1; at < HEADER_SIZE; at++) frame[FIRST_PACKET + at] = header[at]!;
          forwarder.handleFrame(from[i]!, frame);
        }
        if (sent() !== before + frames.length) throw new Error("packets were dropped");
        return frames.length;
      };
    },
  };
}

export const FORWARDING_SUBJECTS: readonly Subject[] = [...[1, 4, 32].map(transit), ...[2, 100, 1000].map(links)];
