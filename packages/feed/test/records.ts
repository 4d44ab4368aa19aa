import { copyIdOf } from "@florenetes/facts";
import type { FeedBook, FeedRow } from "../src/offered-rows.ts";

/** The judge of these tests finds one of these of a record. */
export type Quality = "good" | "forged" | "misshapen" | "early" | "unwelcome";

const KEY_AND_SIGNATURE_SIZE = 96;

/** The octets of a record that a reader of envelopes takes; what else is judged of it stands in its payload. */
export function record(
  subject: string,
  options: { quality?: Quality; signatures?: number; size?: number; needs?: string } = {},
): Uint8Array {
  const { quality = "good", signatures = 1, size = 0, needs } = options;
  const payload = Buffer.from(JSON.stringify({ subject, quality, filling: "x".repeat(size), needs }));
  const header = Buffer.alloc(5);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 1);
  const entries = Array.from({ length: signatures }, (_, each) => Buffer.alloc(KEY_AND_SIGNATURE_SIZE, each + 1));
  return Buffer.concat([header, payload, Buffer.of(signatures), ...entries]);
}

export function idOf(octets: Uint8Array): string {
  return copyIdOf(octets);
}

export function qualityOf(octets: Uint8Array): Quality {
  return (JSON.parse(payloadOf(octets).toString()) as { quality: Quality }).quality;
}

/** The subject of the record that this one rests on; undefined: none. */
export function needsOf(octets: Uint8Array): string | undefined {
  return (JSON.parse(payloadOf(octets).toString()) as { needs?: string }).needs;
}

export function subjectOf(octets: Uint8Array): string {
  return (JSON.parse(payloadOf(octets).toString()) as { subject: string }).subject;
}

function payloadOf(octets: Uint8Array): Buffer {
  const whole = Buffer.from(octets);
  return whole.subarray(5, 5 + whole.readUInt32BE(1));
}

interface Held {
  readonly sequence: number;
  readonly id: string;
  readonly section: string;
  readonly urgency: "voids" | "roots" | undefined;
}

/** The records of a node in memory. Subjects that begin with `void` or `root` are what they say. */
export class Book implements FeedBook {
  readonly #rows: Held[] = [];
  readonly #records = new Map<string, Uint8Array>();
  #last = 0;
  /** How often rows were asked for. */
  reads = 0;

  /** Adds a record as a new row. */
  add(section: string, octets: Uint8Array): void {
    const id = idOf(octets);
    const subject = subjectOf(octets);
    const urgency = subject.startsWith("void") ? "voids" : subject.startsWith("root") ? "roots" : undefined;
    this.#records.set(id, octets);
    this.#rows.push({ sequence: ++this.#last, id, section, urgency });
  }

  /** Lets go of a record, as one that was replaced. */
  remove(id: string): void {
    this.#records.delete(id);
    for (let at = this.#rows.length - 1; at >= 0; at--) if (this.#rows[at]!.id === id) this.#rows.splice(at, 1);
  }

  has(id: string): boolean {
    return this.#records.has(id);
  }

  last(section: string): number {
    return this.#rows.findLast((row) => row.section === section)?.sequence ?? 0;
  }

  rows(section: string, after: number, max: number, only?: "voids" | "roots"): FeedRow[] {
    this.reads++;
    const found = this.#rows.filter((row) => row.section === section && row.sequence > after);
    return found.filter(({ urgency }) => only === undefined || urgency === only).slice(0, max);
  }

  record(id: string): Uint8Array | undefined {
    return this.#records.get(id);
  }

  /** The subjects of a section, sorted. */
  subjects(section: string): string[] {
    return this.#rows
      .filter((row) => row.section === section)
      .map(({ id }) => subjectOf(this.#records.get(id)!))
      .sort();
  }
}
