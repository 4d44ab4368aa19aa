/**
 * Letters of the kind `papers`, by which records go where no neighbour asks for them: a node shows its own, hands in others, and says what it holds; a control
 * node judges them, and answers with what the node lacks.
 */
import { text, uint16 } from "../field-writer.ts";
import { readAll, readMore, readName, readRecords, recordsFields } from "./body-fields.ts";
import { HELD_MAX, LETTER_SIZE_MAX, PAPERS_MAX, SHORT_ID_SIZE } from "./limits.ts";

export interface PapersLetter {
  /** Octets of records of the sender's own, and of those that are handed in: at most 16. */
  readonly shown: readonly Uint8Array[];
  /** Short ids of the copies that the sender holds: at most 1,024. Those that it shows are none of them. */
  readonly held: readonly string[];
}

export interface PapersAnswer {
  /** The outcome of each record that was shown, in their order: `taken`, or the judge's reason. */
  readonly judged: readonly string[];
  /** Records that the sender has to have, and lacks: at most 16. */
  readonly records: readonly Uint8Array[];
  /** More of these are left: another letter gets them. */
  readonly hasMore: boolean;
}

/** Octets of records in an answer, with their lengths: what is judged has room beside them. */
export const ANSWERED_SIZE_MAX: number = LETTER_SIZE_MAX - 1_024;
/** Octets of records in a letter, with their lengths, where it says nothing of what is held. */
export const SHOWN_SIZE_MAX: number = LETTER_SIZE_MAX - 3;

/** The first octets of a copy's id, in lower-case hex. */
export function shortIdOf(copyId: string): string {
  return copyId.slice(0, 2 * SHORT_ID_SIZE);
}

/**
 * Records one behind the other, as many as are within both bounds, and whether more are left. Records that no letter has room for are passed over, and none is asked
 * for behind the first that is left.
 */
export function fitRecords(
  records: Iterable<Uint8Array>,
  octetsMax: number,
): { readonly fit: readonly Uint8Array[]; readonly hasMore: boolean } {
  const fit: Uint8Array[] = [];
  let octets = 0;
  for (const record of records) {
    const size = 4 + record.length;
    if (size > octetsMax) continue;
    if (octets + size > octetsMax || fit.length === PAPERS_MAX) return { fit, hasMore: true };
    octets += size;
    fit.push(record);
  }
  return { fit, hasMore: false };
}

export function writePapers({ shown, held }: PapersLetter): Uint8Array {
  return Buffer.concat([...recordsFields(shown), uint16(held.length), Buffer.from(held.join(""), "hex")]);
}

/** Undefined: it is none. */
export function readPapers(body: Uint8Array): PapersLetter | undefined {
  return readAll("papers", body, (fields) => {
    const shown = readRecords(fields);
    const count = fields.uint16();
    if (count > HELD_MAX) throw fields.malformed("has too many ids");
    return { shown, held: Array.from({ length: count }, () => fields.hex(SHORT_ID_SIZE)) };
  });
}

export function writePapersAnswer({ judged, records, hasMore }: PapersAnswer): Uint8Array {
  const words = [Buffer.of(judged.length), ...judged.map(text)];
  return Buffer.concat([...words, ...recordsFields(records), Buffer.of(hasMore ? 1 : 0)]);
}

/** Undefined: it is none. */
export function readPapersAnswer(body: Uint8Array): PapersAnswer | undefined {
  return readAll("papers", body, (fields) => {
    const count = fields.uint8();
    if (count > PAPERS_MAX) throw fields.malformed("has judged too many records");
    const judged = Array.from({ length: count }, () => readName(fields));
    const records = readRecords(fields);
    return { judged, records, hasMore: readMore(fields) };
  });
}
