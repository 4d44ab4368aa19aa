import {
  headerSize,
  LabelTable,
  type LabelTableConfig,
  LabelVerdict,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import { scattered, type Subject } from "../subject.ts";

const LABEL_MIN = 16;
const HOP_LIMIT = 32;
const PACKETS = 16_384;

/** A table of two links with transit between them, and of cross-connects that swap a label for itself and take two entries each. */
function tableOf(entries: number): LabelTableConfig {
  const crossConnects = Array.from({ length: (entries - 2) / 2 }, (_, index) => {
    const label = LABEL_MIN + 2 + index;
    return { from: { link: 0, label }, to: { link: 1, label } };
  });
  const links = [
    { name: "left", label: LABEL_MIN },
    { name: "right", label: LABEL_MIN + 1 },
  ];
  return { links, transit: [[0, 1]], crossConnects, lspEnds: [], services: [] };
}

/** Looks up packets whose labels lie all over the table. A label is swapped for itself, so that only the hop limit is put back. */
function lookup(entries: number): Subject {
  return {
    name: `labels: lookup in ${entries.toLocaleString("en")}`,
    operation: "packet: checked, looked up, label swapped",
    entries,
    prepare: () => {
      const table = new LabelTable(tableOf(entries));
      const size = headerSize(2);
      const packets = new Uint8Array(PACKETS * size);
      for (const [index, which] of scattered(PACKETS, (entries - 2) / 2).entries()) {
        writeHeader(packets, index * size, 1, 2, wordsOf([LABEL_MIN + 2 + which, 900]), HOP_LIMIT);
      }
      if (table.process(packets, 0, size, 0) !== LabelVerdict.forward) throw new Error("the packet was not forwarded");
      return () => {
        for (let at = 0; at < packets.length; at += size) {
          packets[at + 1] = HOP_LIMIT;
          table.process(packets, at, at + size, 0);
        }
        return PACKETS;
      };
    },
  };
}

export const LABEL_SUBJECTS: readonly Subject[] = [10, 1_000, 100_000, 1_000_000].map(lookup);
