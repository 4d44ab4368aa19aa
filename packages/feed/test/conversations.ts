import type { Message } from "../src/messages.ts";
import { writeMessage } from "../src/message-writer.ts";
import { ReaderEnd, SOURCE_DATABASE, SourceEnd, codeName, readerHello, sourceHello } from "./ends.ts";
import { Book, idOf, record } from "./records.ts";

/** An end gets a message; then it sends these, and tells its owner that. */
interface Step {
  readonly receives: string;
  readonly sends: readonly string[];
  readonly tells: readonly unknown[];
}

const one = record("one");
const two = record("two");
const gone = record("gone");
const voided = record("void");
const root = record("root");
const cursors = [{ section: "public", sequence: 4 }];

/** Conversations as a reader and as a source have them, for other implementations. */
export function conversations(): Record<string, unknown> {
  return {
    reader: [
      readerConversation("records are wanted and judged, and the cursor moves when all are done with", [
        sourceHello([{ section: "public", sequence: 0 }]),
        { kind: "have", section: "public", sequence: 3, ids: [idOf(one), idOf(gone), idOf(two)] },
        { kind: "records", answered: 1, records: [one] },
        { kind: "records", answered: 2, records: [two] },
      ]),
      readerConversation("what came unasked is not wanted again", [
        sourceHello([{ section: "entry", sequence: 0 }]),
        { kind: "records", answered: 0, records: [voided] },
        { kind: "have", section: "entry", sequence: 9, ids: [idOf(voided)] },
      ]),
      readerConversation("cursors of another database count for nothing", [
        sourceHello([{ section: "public", sequence: 0 }], { databaseId: "0c".repeat(16), cursorsOf: "0c".repeat(16) }),
        { kind: "have", section: "public", sequence: 1, ids: [idOf(one)] },
        { kind: "records", answered: 1, records: [one] },
      ]),
      readerConversation("rows come in order", [
        sourceHello(cursors),
        { kind: "have", section: "public", sequence: 4, ids: [idOf(one)] },
      ]),
      readerConversation("a source begins where the reader is, or in front of that", [
        sourceHello([{ section: "public", sequence: 5 }]),
      ]),
      readerConversation("no more is answered than was wanted", [
        sourceHello(cursors),
        { kind: "records", answered: 1, records: [] },
      ]),
      readerConversation("HELLO is first", [{ kind: "records", answered: 0, records: [] }]),
      readerConversation("a source has no wants", [sourceHello(cursors), { kind: "want", ids: [] }]),
      readerConversation("the node is the one that was called", [sourceHello(cursors, { node: "c" })]),
      readerConversation("versions", [sourceHello(cursors, { lowestVersion: 4, highestVersion: 5 })]),
    ],
    source: [
      sourceConversation("a reader without cursors gets all: voids, roots, offers by section", [
        readerHello(),
        { kind: "want", ids: [idOf(root)] },
        { kind: "want", ids: [idOf(two), idOf(gone), idOf(two)] },
      ]),
      sourceConversation("a reader with cursors gets what is new", [
        readerHello([
          { section: "entry", sequence: 3 },
          { section: "public", sequence: 1 },
        ]),
        { kind: "want", ids: [] },
      ]),
      sourceConversation("a want needs an offer", [
        readerHello(),
        { kind: "want", ids: [] },
        { kind: "want", ids: [] },
        { kind: "want", ids: [] },
      ]),
      sourceConversation("a reader has nothing", [readerHello(), { kind: "records", answered: 0, records: [] }]),
      sourceConversation("HELLO comes once", [readerHello(), readerHello()]),
    ],
  };
}

function readerConversation(name: string, received: readonly Message[]): unknown {
  const end = new ReaderEnd({ cursors: { databaseId: SOURCE_DATABASE, cursors } });
  const begins = end.sent().map(hexOf);
  const steps = received.map((message): Step => {
    const before = { ...end.cursors };
    const taken = end.taken.length;
    end.events.length = 0;
    end.receive(message);
    const sends = end.sent().map(hexOf);
    const moved = Object.entries(end.cursors).filter(([section, sequence]) => before[section] !== sequence);
    const tells = [
      ...end.events.map((event) =>
        event.kind === "failed" ? { kind: event.kind, code: codeName(event.code) } : event,
      ),
      ...end.taken.slice(taken).map((id) => ({ kind: "record", id })),
      ...moved.map(([section, sequence]) => ({ kind: "cursor", section, sequence })),
    ];
    return { receives: hexOf(message), sends, tells };
  });
  return { name, cursors: { databaseId: SOURCE_DATABASE, cursors }, begins, steps };
}

function sourceConversation(name: string, received: readonly Message[]): unknown {
  const rows: readonly (readonly [string, Uint8Array])[] = [
    ["public", one],
    ["entry", root],
    ["entry", voided],
    ["public", two],
  ];
  const book = new Book();
  for (const [section, octets] of rows) book.add(section, octets);
  const end = new SourceEnd({ book });
  const steps = received.map((message): Step => {
    end.receive(message);
    const sends = end.sent().map(hexOf);
    const tells = end.told.map((event) =>
      event.kind === "failed" ? { kind: event.kind, code: codeName(event.code) } : event,
    );
    return { receives: hexOf(message), sends, tells };
  });
  const shown = rows.map(([section, octets], at) => ({
    sequence: at + 1,
    section,
    record: Buffer.from(octets).toString("hex"),
    isVoid: octets === voided,
    isRoot: octets === root,
  }));
  return { name, sections: ["entry", "public"], rows: shown, steps };
}

function hexOf(message: Message): string {
  return Buffer.from(writeMessage(message)).toString("hex");
}
