/** Letters among replicas: what they say, as octets (docs/protocol/fabric-feed.md, "Proposals"). */
import { isName } from "@florenetes/operator-text";
import { readUint32, readUint64, writeUint32, writeUint64 } from "@florenetes/wire-values";
import { isAsking } from "../principal.ts";
import { LISTED_AT_ONCE, TEXT_SIZE_MAX } from "./limits.ts";

/** A proposal as a list has it. */
export interface Listed {
  /** The id of its record: 64 lower-case hex digits. */
  readonly id: string;
  /** The first 16 octets of the SHA-256 of its text, in hex: another one with each signature. */
  readonly copy: string;
  /** Octets of its text. */
  readonly size: number;
  /** When it was brought first: milliseconds since 1970. */
  readonly brought: number;
  /** The replica to which it was brought, as whoever tells of it has heard; "": to that one itself; `NOWHERE`: it does not know. */
  readonly at: string;
  /** The principal that has brought it first. */
  readonly by: string;
}

/** `list` asks for proposals behind an id, `part` for octets of one, `audit` for entries of the audit, by a question that mail does not know. */
export type Letter =
  | {
      readonly kind: "list";
      /** The state of the sender: 32 hex digits, as all states. */
      readonly state: string;
      /** The reader's state as the sender knows it: nothing is listed while it is the same. */
      readonly known: string;
      /** An id: `NO_ID` for the first. */
      readonly after: string;
    }
  | { readonly kind: "part"; readonly id: string; readonly copy: string; readonly offset: number }
  | { readonly kind: "audit"; readonly question: Uint8Array };

export interface ListAnswer {
  readonly state: string;
  /** In the order of their ids, at most 75. */
  readonly listed: readonly Listed[];
  /** Whether there are others behind these: then these are 75. */
  readonly hasMore: boolean;
}

/** Octets of an id, and of a state or copy. */
const ID_SIZE = 32;
const DIGEST_SIZE = 16;
/** Behind no id, in letters. */
export const NO_ID: string = "00".repeat(ID_SIZE);
/** The state of which nothing is known. */
export const NO_STATE: string = "00".repeat(DIGEST_SIZE);

/** No name of a replica, in lists. */
export const NOWHERE = "-";

const VERSION = 1;
const LIST = 1;
const PART = 2;
const AUDIT = 3;

export function writeLetter(letter: Letter): Buffer {
  if (letter.kind === "list")
    return Buffer.concat([Buffer.of(VERSION, LIST), hex(letter.state), hex(letter.known), hex(letter.after)]);
  if (letter.kind === "audit") return Buffer.concat([Buffer.of(VERSION, AUDIT), letter.question]);
  return Buffer.concat([Buffer.of(VERSION, PART), hex(letter.id), hex(letter.copy), uint32(letter.offset)]);
}

/** Undefined: it is none, or one of a later version. */
export function readLetter(body: Uint8Array): Letter | undefined {
  const fields = new Fields(body);
  const [version, type] = [fields.uint8(), fields.uint8()];
  if (version !== VERSION) return undefined;
  if (type === LIST) {
    const list = { state: fields.hex(DIGEST_SIZE), known: fields.hex(DIGEST_SIZE), after: fields.hex(ID_SIZE) };
    return fields.isAllRead ? { kind: "list", ...list } : undefined;
  }
  if (type === AUDIT) return { kind: "audit", question: body.subarray(2) };
  if (type !== PART) return undefined;
  const part = { id: fields.hex(ID_SIZE), copy: fields.hex(DIGEST_SIZE), offset: fields.uint32() };
  return fields.isAllRead ? { kind: "part", ...part } : undefined;
}

export function writeListAnswer({ state, listed, hasMore }: ListAnswer): Buffer {
  const rows = listed.flatMap(({ id, copy, size, brought, at, by }) => {
    return [hex(id), hex(copy), uint32(size), uint64(brought), text(at), text(by)];
  });
  return Buffer.concat([Buffer.of(VERSION), hex(state), Buffer.of(hasMore ? 1 : 0, listed.length), ...rows]);
}

/** Undefined: it is none, or does not go on behind the id that it was asked for. */
export function readListAnswer(body: Uint8Array, after: string): ListAnswer | undefined {
  const fields = new Fields(body);
  if (fields.uint8() !== VERSION) return undefined;
  const state = fields.hex(DIGEST_SIZE);
  const [more, count] = [fields.uint8(), fields.uint8()];
  // Pages that are not full would make a list without an end.
  if (more > 1 || count > LISTED_AT_ONCE || (more === 1 && count < LISTED_AT_ONCE)) return undefined;
  const listed: Listed[] = [];
  for (let last = after; listed.length < count; last = listed.at(-1)!.id) {
    const [id, copy] = [fields.hex(ID_SIZE), fields.hex(DIGEST_SIZE)];
    const [size, brought, at, by] = [fields.uint32(), fields.uint64(), fields.text(), fields.text()];
    const isInForm = size > 0 && size <= TEXT_SIZE_MAX && (at === "" || at === NOWHERE || isName(at)) && isAsking(by);
    if (!isInForm || id <= last) return undefined;
    listed.push({ id, copy, size, brought, at, by });
  }
  return fields.isAllRead ? { state, listed, hasMore: more === 1 } : undefined;
}

/** @param octets Undefined: that copy is not there any more */
export function writePartAnswer(octets: Uint8Array | undefined): Buffer {
  return Buffer.concat([Buffer.of(VERSION, octets === undefined ? 0 : 1), octets ?? Buffer.alloc(0)]);
}

/** Octets of a text, or that it is gone; undefined: it is no answer. */
export function readPartAnswer(body: Uint8Array): Uint8Array | "gone" | undefined {
  const [version, isThere] = body;
  if (version !== VERSION || (isThere !== 0 && isThere !== 1)) return undefined;
  if (isThere === 1) return body.subarray(2);
  return body.length === 2 ? "gone" : undefined;
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function text(value: string): Buffer {
  const octets = Buffer.from(value, "latin1");
  return Buffer.concat([Buffer.of(octets.length), octets]);
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  writeUint32(octets, 0, value);
  return octets;
}

function uint64(value: number): Buffer {
  const octets = Buffer.alloc(8);
  writeUint64(octets, 0, value);
  return octets;
}

/** Fields one behind the other. Behind the end all are zeros, and not all is read. */
class Fields {
  readonly #octets: Buffer;
  #at = 0;
  #isCut = false;

  constructor(octets: Uint8Array) {
    this.#octets = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  }

  /** Whether there were no fewer and no more octets than fields, and numbers that can be told exactly. */
  get isAllRead(): boolean {
    return !this.#isCut && this.#at === this.#octets.length;
  }

  uint8(): number {
    return this.#take(1)[0]!;
  }

  uint32(): number {
    return readUint32(this.#take(4), 0);
  }

  uint64(): number {
    const value = readUint64(this.#take(8), 0);
    if (!Number.isSafeInteger(value)) this.#isCut = true;
    return value;
  }

  hex(size: number): string {
    return this.#take(size).toString("hex");
  }

  text(): string {
    return this.#take(this.uint8()).toString("latin1");
  }

  #take(size: number): Buffer {
    const from = this.#at;
    this.#at += size;
    if (this.#at <= this.#octets.length) return this.#octets.subarray(from, this.#at);
    this.#isCut = true;
    return Buffer.alloc(size);
  }
}
