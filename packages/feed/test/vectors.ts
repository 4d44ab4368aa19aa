import { readFileSync } from "node:fs";
import { Violation } from "../src/codes.ts";
import { writeMessage } from "../src/message-writer.ts";
import { MessageReader } from "../src/message-reader.ts";
import type { Message } from "../src/messages.ts";
import { conversations } from "./conversations.ts";
import { codeName, readerHello, sourceHello } from "./ends.ts";
import { publishedAnswer, publishedBeacon, publishedLetter } from "./mail-vectors.ts";
import { idOf, record } from "./records.ts";

/** A message on the wire, and what a reader makes of it. */
export interface MessageVector {
  readonly name: string;
  readonly hex: string;
  /** The message that is read; records are in hex. */
  readonly message?: Record<string, unknown>;
  /** Whether a writer makes these octets of it. */
  readonly canonical?: boolean;
  /** Whether a reader skips it, as its type is of a later version. */
  readonly skipped?: boolean;
  /** Why a reader resets the stream. */
  readonly code?: string;
}

export const messagesFile: URL = new URL("../vectors/messages.json", import.meta.url);
export const streamsFile: URL = new URL("../vectors/streams.json", import.meta.url);

const ids = [idOf(record("one")), idOf(record("two"))];
const cursors = [
  { section: "entry", sequence: 7 },
  { section: "org/acme", sequence: Number.MAX_SAFE_INTEGER },
];
const written: Readonly<Record<string, Message>> = {
  "HELLO of a reader": readerHello(cursors),
  "HELLO of a reader that has never read": readerHello([], { cursorsOf: "00".repeat(16) }),
  "HELLO of a reader that is to be spared": readerHello([], { beaconSeconds: 150 }),
  "HELLO of a source": sourceHello([{ section: "public", sequence: 0 }]),
  "HELLO of versions to come": readerHello([], { lowestVersion: 4, highestVersion: 255 }),
  HAVE: { kind: "have", section: "public", sequence: 300, ids },
  "HAVE of a section of a later version": { kind: "have", section: "other", sequence: 1, ids: ids.slice(0, 1) },
  WANT: { kind: "want", ids },
  "WANT of nothing": { kind: "want", ids: [] },
  RECORDS: { kind: "records", answered: 2, records: [record("one"), record("two", { signatures: 2 })] },
  "RECORDS that nobody asked for": { kind: "records", answered: 0, records: [record("void")] },
  "RECORDS that are not there": { kind: "records", answered: 256, records: [] },
  "RECORDS with one of no octets": { kind: "records", answered: 0, records: [new Uint8Array(0)] },
  BEACON: publishedBeacon,
  "BEACON that has come over eight links": { ...publishedBeacon, hops: 8 },
  "MAIL for a reader": publishedLetter,
  "MAIL that is an answer": publishedAnswer,
};

const hello = hexOf(readerHello([]));
const have = hexOf({ kind: "have", section: "public", sequence: 300, ids });
const want = hexOf({ kind: "want", ids });
const beacon = hexOf(publishedBeacon);
const mail = hexOf(publishedAnswer);
const records = hexOf({ kind: "records", answered: 0, records: [record("void")] });
/** Octets that no writer of this version makes. */
const others: Readonly<Record<string, string>> = {
  "HELLO with fields of a later version": wire(1, `${hello.slice(10)}00000102`),
  "a message of a later version": wire(7, "00ff"),
  "a message of a later version, without a body": wire(255, ""),
  "type 0": wire(0, "00"),
  "HELLO that ends early": wire(1, hello.slice(10, -2)),
  "HELLO of another protocol": wire(1, hello.slice(10).replace(/^46444644/, "4644534e")),
  "HELLO with version 0": wire(1, hello.slice(10).replace(/^464446440103/, "464446440001")),
  "HELLO with versions that are no range": wire(1, hello.slice(10).replace(/^464446440103/, "464446440201")),
  "HELLO of a node without a name": hexOf(readerHello([], { node: "" })),
  "HELLO of a node whose name is none": hexOf(readerHello([], { node: "a..b" })),
  "HELLO with an address that cannot be shown": hexOf(readerHello([], { seen: "a\nb" })),
  "HELLO with a section twice": hexOf(readerHello([cursors[0]!, cursors[0]!])),
  "HELLO with 67 sections": hexOf(
    readerHello(Array.from({ length: 67 }, (_, each) => ({ section: `org/o${each}`, sequence: 0 }))),
  ),
  "HELLO with a sequence of 2^53": hexOf(readerHello([{ section: "entry", sequence: 2 ** 53 }])),
  "HELLO with a body of 16,385 octets": "0100004001",
  "HAVE of nothing": hexOf({ kind: "have", section: "public", sequence: 300, ids: [] }),
  "HAVE with a body of 8,331 octets": "020000208b",
  "HAVE that ends within an id": wire(2, have.slice(10, -2)),
  "HAVE with an octet too many": wire(2, `${have.slice(10)}00`),
  "HAVE of a section without a name": hexOf({ kind: "have", section: "", sequence: 300, ids }),
  "HAVE of a section whose name is none": hexOf({ kind: "have", section: "org/a/b", sequence: 300, ids }),
  "HAVE of a section that is no UTF-8": wire(2, have.slice(10).replace(/^067075/, "06ff75")),
  "WANT with an octet too many": wire(3, `${want.slice(10)}00`),
  "WANT of 257 ids": wire(3, "0101"),
  "RECORDS with a body of 262,145 octets": "0400040001",
  "RECORDS with 65 records": wire(4, `000041${"00000000".repeat(65)}`),
  "RECORDS with a record of 67,079 octets": wire(4, "00000100010607"),
  "RECORDS that ends within a record": wire(4, records.slice(10, -2)),
  "RECORDS with an octet too many": wire(4, `${records.slice(10)}00`),
  "BEACON of no link": hexOf({ ...publishedBeacon, hops: 0 }),
  "BEACON that has come over nine links": hexOf({ ...publishedBeacon, hops: 9 }),
  "BEACON of a node whose name is none": hexOf({ ...publishedBeacon, node: "a..b" }),
  "BEACON that ends within its signature": wire(5, beacon.slice(10, -2)),
  "BEACON with an octet too many": wire(5, `${beacon.slice(10)}00`),
  "BEACON with a body of 179 octets": "05000000b3",
  "MAIL for a node whose name is none": hexOf({ ...publishedLetter, reader: "a..b" }),
  "MAIL with an end of 2^53": hexOf({ ...publishedLetter, end: 2 ** 53 }),
  "MAIL that ends within its tokens": wire(6, mail.slice(10, 400)),
  "MAIL with 15 sealed octets": hexOf({ ...publishedAnswer, sealed: new Uint8Array(15) }),
  "MAIL with a body of 16,385 octets": "0600004001",
  "a message of a later version with a body of 262,145 octets": "0700040001",
};

/** The text of the file of messages. */
export function messagesText(): string {
  const canonical = Object.entries(written).map(([name, message]) => ({
    ...verdictOf(name, hexOf(message)),
    canonical: true,
  }));
  const rest = Object.entries(others).map(([name, hex]) => verdictOf(name, hex));
  return `${JSON.stringify({ messages: [...canonical, ...rest] }, undefined, 1)}\n`;
}

/** The text of the file of conversations. */
export function streamsText(): string {
  return `${JSON.stringify(conversations(), undefined, 1)}\n`;
}

/** The messages as they are published. */
export function messageVectors(): MessageVector[] {
  return (JSON.parse(readFileSync(messagesFile, "utf8")) as { messages: MessageVector[] }).messages;
}

/** A message with its octets in hex, as it stands in a file. */
export function shown(message: Message): Record<string, unknown> {
  if (message.kind === "mail") return { ...message, tokens: hexIn(message.tokens), sealed: hexIn(message.sealed) };
  if (message.kind !== "records") return { ...message };
  return { ...message, records: message.records.map(hexIn) };
}

function verdictOf(name: string, hex: string): MessageVector {
  const reader = new MessageReader();
  reader.feed(Buffer.from(hex, "hex"));
  try {
    const { message } = reader.next()!;
    return message === undefined ? { name, hex, skipped: true } : { name, hex, message: shown(message) };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { name, hex, code: codeName(error.code) };
  }
}

function hexIn(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

function hexOf(message: Message): string {
  return Buffer.from(writeMessage(message)).toString("hex");
}

function wire(type: number, body: string): string {
  const header = Buffer.alloc(5);
  header[0] = type;
  header.writeUInt32BE(body.length / 2, 1);
  return header.toString("hex") + body;
}
