import { BODY_SIZE_MAX, HELLO_SIZE_MAX, ID_SIZE, IDS_MAX, SECTION_SIZE_MAX } from "./limits.ts";
import { BEACON_SIZE_MAX, MAIL_SIZE_MAX } from "./mail/limits.ts";

export const MessageType = { hello: 1, have: 2, want: 3, records: 4, beacon: 5, mail: 6 } as const;
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
  /** A reader takes beacons that say the same as those before them no more often than once in so many seconds; missing: as often as they come. */
  readonly beaconSeconds?: number;
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

/** A control node or coordinator says that it reads mail, and by which key. Agents pass it on. */
export interface Beacon {
  readonly kind: "beacon";
  /** Over how many links it has come, this one included: 1 to 8. No signature covers it. */
  readonly hops: number;
  /** The reader's name. */
  readonly node: string;
  /** The roles by which it reads: bits of `Offer`. */
  readonly offers: number;
  /** When it was made, in milliseconds since 1970. */
  readonly time: number;
  /** When the key ends, in milliseconds since 1970. */
  readonly end: number;
  /** The X25519 key that mail is sealed for: 64 lower-case hex digits. */
  readonly key: string;
  /** The Ed25519 signature of the node's key: 128 lower-case hex digits. */
  readonly signature: string;
}

/** A sealed letter on its way to a reader, or its answer on the way back. */
export interface Mail {
  readonly kind: "mail";
  /** 32 lower-case hex digits. */
  readonly id: string;
  /** When it ends, in milliseconds since 1970. An answer has the id and the end of its letter. */
  readonly end: number;
  /** The node that it is for; empty: it is an answer, which goes where the tokens say. */
  readonly reader: string;
  /** The X25519 key that was made to seal this: 64 lower-case hex digits. */
  readonly key: string;
  /** The return tokens, the newest first: always as many octets. */
  readonly tokens: Uint8Array;
  readonly sealed: Uint8Array;
}

export type Message = Hello | Have | Want | Records | Beacon | Mail;

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
  [MessageType.beacon, { name: "BEACON", sizeMax: BEACON_SIZE_MAX }],
  [MessageType.mail, { name: "MAIL", sizeMax: MAIL_SIZE_MAX }],
]);

/** Undefined: the type is of a later version. */
export function messageRule(type: number): MessageRule | undefined {
  return rules.get(type);
}
