import { BODY_SIZE_MAX, HELLO_SIZE_MAX, ID_SIZE, IDS_MAX, SECTION_SIZE_MAX } from "./limits.ts";

export const MessageType = { hello: 1, have: 2, want: 3, records: 4 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** A place in a section: the sequence of the last row that was read. */
export interface Cursor {
  readonly section: string;
  readonly sequence: number;
}

/** The first message of each end. */
export interface Hello {
  readonly kind: "hello";
  readonly lowestVersion: number;
  readonly highestVersion: number;
  /** The sender's name. */
  readonly node: string;
  /** The id of the sender's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  /** The sender's wall clock when the stream began, in milliseconds since 1970. */
  readonly time: number;
  /** The address at which the sender sees the receiver; empty: it does not know. */
  readonly seen: string;
  /** Whose rows the cursors count: the id of the source's database; zeros: the reader has never read of it. */
  readonly cursorsOf: string;
  /** A reader says how far it has read; a source, which sections the reader gets, and from where on. */
  readonly cursors: readonly Cursor[];
}

/** A source's offer: the ids of rows, up to a row. */
export interface Have {
  readonly kind: "have";
  readonly section: string;
  readonly sequence: number;
  /** 1 to 256, each 64 lower-case hex digits. */
  readonly ids: readonly string[];
}

/** A reader's answer to the oldest offer that has none yet. */
interface Want {
  readonly kind: "want";
  /** Ids of that offer, 0 to 256. */
  readonly ids: readonly string[];
}

/** Records that were wanted, or that a source sends without being asked. */
export interface Records {
  readonly kind: "records";
  /** How many of the ids that were wanted first, and are not answered yet, this message answers. 0: nobody has asked for these records. */
  readonly answered: number;
  /** At most 64. */
  readonly records: readonly Uint8Array[];
}

export type Message = Hello | Have | Want | Records;

/** The name of a type, and the largest body that a message of it has. */
export interface MessageRule {
  readonly name: string;
  readonly sizeMax: number;
}

const rules: ReadonlyMap<number, MessageRule> = new Map([
  [MessageType.hello, { name: "HELLO", sizeMax: HELLO_SIZE_MAX }],
  [MessageType.have, { name: "HAVE", sizeMax: 1 + SECTION_SIZE_MAX + 8 + 2 + IDS_MAX * ID_SIZE }],
  [MessageType.want, { name: "WANT", sizeMax: 2 + IDS_MAX * ID_SIZE }],
  [MessageType.records, { name: "RECORDS", sizeMax: BODY_SIZE_MAX }],
]);

/** Undefined: the type is of a later version. */
export function messageRule(type: number): MessageRule | undefined {
  return rules.get(type);
}
