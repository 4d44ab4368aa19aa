import { checkFrame, DataFrameWriter, FIRST_PACKET, FrameVerdict, nextPacket, packetEnd } from "@florenetes/florio";
import type { Subject } from "../subject.ts";

const PACKET_SIZE = 1280;

function encode(packets: number): Subject {
  return {
    name: `florio: frame of ${packets} written`,
    operation: `packet of ${PACKET_SIZE} bytes, copied`,
    prepare: () => {
      const writer = new DataFrameWriter();
      const packet = new Uint8Array(PACKET_SIZE).fill(7);
      return () => {
        for (let frame = 0; frame < 32; frame++) {
          writer.reset(1);
          for (let i = 0; i < packets; i++) writer.append(packet, 0, PACKET_SIZE);
          writer.bytes();
        }
        return 32 * packets;
      };
    },
  };
}

function decode(packets: number): Subject {
  return {
    name: `florio: frame of ${packets} read`,
    operation: "packet, checked and walked over",
    prepare: () => {
      const writer = new DataFrameWriter();
      writer.reset(1);
      for (let i = 0; i < packets; i++) writer.append(new Uint8Array(PACKET_SIZE), 0, PACKET_SIZE);
      const frame = writer.bytes().slice();
      let last = 0;
      return () => {
        for (let turn = 0; turn < 32; turn++) {
          if (checkFrame(frame) !== FrameVerdict.data) throw new Error("the frame is refused");
          for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) last = packetEnd(frame, at);
        }
        if (last !== frame.length) throw new Error("the frame was not read to its end");
        return 32 * packets;
      };
    },
  };
}

export const FLORIO_SUBJECTS: readonly Subject[] = [1, 4, 32].flatMap((packets) => [encode(packets), decode(packets)]);
