/** An end of another version, earlier or later, is spoken to in the highest version that both have, and nothing of what it adds is in the way. */
import { recordIdOf } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { FAULTS_MAX } from "../src/limits.ts";
import { writeMessage } from "../src/message-writer.ts";
import type { Message } from "../src/messages.ts";
import { ReaderEnd, readerHello, SourceEnd, sourceHello } from "./ends.ts";
import { Book, idOf, record } from "./records.ts";

const first = { lowestVersion: 1, highestVersion: 1 };
const second = { lowestVersion: 1, highestVersion: 2 };
const later = { lowestVersion: 3, highestVersion: 9 };
const cursors = [{ section: "public", sequence: 0 }];

function recordId(octets: Uint8Array): string {
  const whole = Buffer.from(octets);
  return recordIdOf(whole.subarray(5, 5 + whole.readUInt32BE(1)));
}

const idIn = { first: recordId, second: idOf, later: idOf };
const hellos = { first, second, later };

describe.each(["first", "second", "later"] as const)("with an end that has the %s versions alone", (name) => {
  test("a reader takes what it is offered, and its cursor moves", () => {
    const end = new ReaderEnd();
    end.receive(sourceHello(cursors, hellos[name]));
    end.sent();
    for (let row = 1; row <= 2 * FAULTS_MAX; row++) {
      const octets = record(`r${row}`, { signatures: 2 });
      const ids = [idIn[name](octets)];
      end.receive({ kind: "have", section: "public", sequence: row, ids });
      expect(end.sent()).toEqual([{ kind: "want", ids }]);
      end.receive({ kind: "records", answered: 1, records: [octets] });
    }
    expect([end.taken.length, end.cursors, end.told]).toEqual([2 * FAULTS_MAX, { public: 2 * FAULTS_MAX }, ["hello"]]);
  });

  test("a reader has a record that came too early offered again", () => {
    const end = new ReaderEnd();
    const octets = record("early", { quality: "early" });
    end.receive(sourceHello(cursors, hellos[name]));
    end.receive({ kind: "have", section: "public", sequence: 1, ids: [idIn[name](octets)] });
    end.sent();
    end.receive({ kind: "records", answered: 1, records: [octets] });
    expect([end.cursors, end.reader.isHeld]).toEqual([{}, true]);
  });

  test("a source offers what it has, and gives what is asked for", () => {
    const book = new Book();
    const records = ["one", "two"].map((subject) => record(subject, { signatures: 2 }));
    for (const octets of records) book.add("public", octets);
    const end = new SourceEnd({ book });
    end.receive(readerHello([], hellos[name]));
    const ids = records.map(idIn[name]);
    expect(end.sent().slice(1)).toEqual([{ kind: "have", section: "public", sequence: 2, ids }]);
    end.receive({ kind: "want", ids: [ids[1]!, idOf(record("other"))] });
    const [answer] = end.sent() as (Message & { kind: "records" })[];
    expect([answer!.answered, answer!.records.map(idOf)]).toEqual([2, [idOf(records[1]!)]]);
  });
});

test("messages, sections and fields of later versions are passed over, and reading goes on", () => {
  const end = new ReaderEnd();
  const hello = Buffer.from(writeMessage(sourceHello([...cursors, { section: "later/one", sequence: 0 }], later)));
  const longer = Buffer.concat([hello, Buffer.from("of later versions")]);
  longer.writeUInt32BE(hello.length - 5 + "of later versions".length, 1);
  const octets = record("r");
  const messages: readonly (Message | Uint8Array)[] = [
    longer,
    Buffer.from("0900000003616263", "hex"),
    { kind: "have", section: "later/one", sequence: 1, ids: [idOf(octets)] },
    Buffer.from("ff00000000", "hex"),
    { kind: "records", answered: 0, records: [record("pushed")] },
  ];
  end.receive(...messages);
  expect(end.sent().slice(-1)).toEqual([{ kind: "want", ids: [idOf(octets)] }]);
  end.receive({ kind: "records", answered: 1, records: [octets] });
  expect([end.taken.length, end.cursors, end.told]).toEqual([2, { "later/one": 1 }, ["hello"]]);
});
