import type { Subject } from "../subject.ts";

const LABEL = 20;
const HOP_LIMIT = 32;
const PACKET_SIZE = 1280;

/** The part of cluster-flor's Forwarder that is measured. */
interface Forwarder {
  handleFrame(inLink: number, frame: Uint8Array): void;
}

interface ForwarderOptions {
  readonly config: object;
  readonly output: object;
  readonly delivery: object;
  readonly afterTurn: () => void;
}

/** Whole frames from one link to another, without any socket. Labels are swapped for themselves. */
function transit(packets: number): Subject {
  return {
    name: `forwarding: transit in frames of ${packets}`,
    operation: "packet, from the frame that came in to the frame that leaves",
    prepare: async (checkout) => {
      const { DataFrameWriter, FIRST_PACKET, nextPacket } = await checkout.florio();
      const { wordsOf, writeHeader } = await checkout.labels();
      const module = await checkout.file<{ Forwarder: new (options: ForwarderOptions) => Forwarder }>(
        "apps/cluster-flor/src/forwarding/forwarder.ts",
      );
      let sent = 0;
      const countFrame = (_link: number, _frame: Uint8Array, count: number): boolean => {
        sent += count;
        return true;
      };
      const forwarder = new module.Forwarder({
        config: {
          links: [
            { name: "left", label: 16 },
            { name: "right", label: 17 },
          ],
          transit: [[0, 1]],
          crossConnects: [{ from: { link: 0, label: LABEL }, to: { link: 1, label: LABEL } }],
          lspEnds: [],
          services: [],
        },
        output: { sendFrame: countFrame, sendPacket: () => false, isUp: () => true, isWritable: () => true },
        delivery: {},
        afterTurn: () => undefined,
      });
      const packet = new Uint8Array(PACKET_SIZE);
      writeHeader(packet, 0, 1, 2, wordsOf([LABEL, 900]), HOP_LIMIT);
      const writer = new DataFrameWriter();
      writer.reset(1);
      for (let i = 0; i < packets; i++) writer.append(packet, 0, PACKET_SIZE);
      const frame = writer.bytes().slice();
      return () => {
        sent = 0;
        for (let turn = 0; turn < 32; turn++) {
          for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) frame[at + 1] = HOP_LIMIT;
          forwarder.handleFrame(0, frame);
        }
        if (sent !== 32 * packets) throw new Error(`only ${sent} packets were forwarded`);
        return sent;
      };
    },
  };
}

export const FORWARDING_SUBJECTS: readonly Subject[] = [1, 4, 32].map(transit);
