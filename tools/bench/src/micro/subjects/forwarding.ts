import { join } from "node:path";
import { DataFrameWriter, FIRST_PACKET } from "@florenetes/florio";
import { wordsOf, writeHeader } from "@florenetes/forwarding";
import { scattered, type Subject } from "../subject.ts";

/** The adjacency label of link 0, and the label between links 0 and 1. The labels of the other links follow. */
const [LINK_LABELS, PAIR_LABELS] = [1_000, 10_000];
const HOP_LIMIT = 32;
const PACKET_SIZE = 1280;
const LINK_MTU = 16_384;

/** The forwarder is behind no package's door: the worker, which runs under the condition `@florenetes/source`, loads it by its path. */
const FILE = join(import.meta.dirname, "../../../../..", "apps/cluster-flor/src/forwarding/forwarder.ts");
/** The part of cluster-flor's Forwarder that is measured. */
type ForwarderClass = new (options: object) => { handleFrame(inLink: number, frame: Uint8Array): void };

/** Links 0, 1, …, each with transit to the next one, and a cross-connect to it that swaps a label for itself. */
function optionsOf(links: number, onSent: (packets: number) => void): object {
  const named = Array.from({ length: links }, (_, link) => ({ name: `link-${link}`, label: LINK_LABELS + link }));
  return {
    config: {
      // Older checkouts take a list here, newer ones an object with `has`: this is both.
      links: Object.assign(named, { has: (link: number): boolean => link >= 0 && link < links }),
      transit: Array.from({ length: links - 1 }, (_, link) => [link, link + 1]),
      // The limit is more than any machine forwards.
      transitLimit: { packetsPerSecond: 1e9, bytesPerSecond: 1e12 },
      crossConnects: Array.from({ length: links - 1 }, (_, link) => {
        const label = PAIR_LABELS + link;
        return { from: { link, label }, to: { link: link + 1, label } };
      }),
      lspEnds: [],
      services: [],
    },
    output: {
      sendFrame: (_link: number, _frame: Uint8Array, packets: number): boolean => {
        onSent(packets);
        return true;
      },
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
  };
}

/** A frame with one packet. */
function frameOf(label: number): Uint8Array {
  const packet = new Uint8Array(PACKET_SIZE);
  writeHeader(packet, 0, 1, 2, wordsOf([label, 900]), HOP_LIMIT);
  const writer = new DataFrameWriter();
  writer.reset(1);
  writer.append(packet, 0, PACKET_SIZE);
  return writer.bytes().slice();
}

/** Forwards whole frames from links in no order, each to the next link, without any socket. Only the hop limits are put back. */
async function prepare(links: number): Promise<() => number> {
  const { Forwarder } = (await import(FILE)) as { Forwarder: ForwarderClass };
  let sent = 0;
  const forwarder = new Forwarder(optionsOf(links, (count) => (sent += count)));
  const inLinks = scattered(Math.min(256, links - 1), links - 1);
  const frames = Array.from(inLinks, (link) => frameOf(PAIR_LABELS + link));
  return () => {
    sent = 0;
    for (let turn = 0; turn < 32; turn++) {
      for (let index = 0; index < frames.length; index++) {
        const frame = frames[index]!;
        frame[FIRST_PACKET + 1] = HOP_LIMIT;
        forwarder.handleFrame(inLinks[index]!, frame);
      }
    }
    if (sent !== 32 * frames.length) throw new Error("packets were dropped");
    return sent;
  };
}

export const FORWARDING_SUBJECTS: readonly Subject[] = [2, 100, 1000].map((entries) => ({
  name: `forwarding: transit between ${entries.toLocaleString("en")} links`,
  operation: "packet, from the frame that came in to the frame that leaves",
  entries,
  prepare: () => prepare(entries),
}));
