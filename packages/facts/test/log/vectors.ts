import { ENVELOPE_SIZE_MAX } from "../../src/envelope.ts";
import { type Entry, entriesAfter, originOf } from "../../src/log/entry.ts";
import { digestOfSection } from "../../src/log/section-digest.ts";
import { control, NOW, record } from "../records.ts";

export const logVectorsFile: URL = new URL("../../vectors/log.json", import.meta.url);

export const origins = [
  { cluster: "demo", name: "main" },
  { cluster: "demo", name: "next" },
  { cluster: "demom", name: "ain" },
].map((of) => ({ ...of, hash: originOf(of.cluster, of.name).hash }));

const records = [1, 2, 3].map((epoch) => record({ epoch, issued: NOW + epoch }, control));
export const entries: readonly Entry[] = entriesAfter(originOf("demo", "main"), records);

const first = Buffer.from(entries[0]!.octets);
/** An entry whose octets from a place on are others. */
const withOctets = (at: number, ...octets: readonly number[]): Buffer => {
  const changed = Buffer.from(first);
  changed.set(octets, at);
  return changed;
};

/** Octets that are no entry. */
export const refused: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  "another version": withOctets(0, 2),
  "index 0": withOctets(1, 0, 0, 0, 0, 0, 0, 0, 0),
  "index 2^53": withOctets(1, 0, 0x20, 0, 0, 0, 0, 0, 0),
  "cut within the hash": first.subarray(0, 40),
  "no record": first.subarray(0, 41),
};

const ids = ["ff".repeat(32), "00".repeat(32), "0a".repeat(32)];
export const sections = [[], ids.slice(0, 1), ids].map((ids) => ({ ids, section: digestOfSection("entry", ids) }));

/** Larger than any: not in the file. */
export const tooLarge: Buffer = Buffer.concat([first.subarray(0, 41), Buffer.alloc(ENVELOPE_SIZE_MAX + 1)]);

/** The text of vectors/log.json. */
export function logVectorsText(): string {
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
  const content = {
    origins,
    entries: entries.map(({ index, prior, record, octets, hash }) => {
      return { index, prior, record: base64(record), octets: base64(octets), hash };
    }),
    sections: sections.map(({ ids, section: { count, hash } }) => ({ ids, count, hash })),
    refused: Object.entries(refused).map(([why, octets]) => ({ why, octets: base64(octets) })),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
