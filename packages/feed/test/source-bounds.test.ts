/** A reader that means harm, and a source that keeps its bounds. */
import { describe, expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import type { Message, Records } from "../src/messages.ts";
import { SourceEnd, conductOf, readerHello } from "./ends.ts";
import { Book, idOf, record } from "./records.ts";

function bookOf(count: number, size = 0): Book {
  const book = new Book();
  for (let each = 0; each < count; each++) book.add("public", record(`r${each}`, { size }));
  return book;
}

/** A source that has read HELLO, and sent its own. */
function sourceAfterHello(options: ConstructorParameters<typeof SourceEnd>[0]): SourceEnd {
  const end = new SourceEnd(options);
  end.receive(readerHello());
  expect(end.send()).toMatchObject({ kind: "hello" });
  return end;
}

function idsOfHave(message: Message | undefined): readonly string[] {
  expect(message).toMatchObject({ kind: "have" });
  return (message as { ids: readonly string[] }).ids;
}

test.each<readonly [string, readonly Message[], string]>([
  ["messages in front of HELLO", [{ kind: "want", ids: [] }], "HELLO is not the first message"],
  ["a second HELLO", [readerHello(), readerHello()], "HELLO came twice"],
  ["another node's HELLO", [readerHello([], { node: "c" })], "HELLO is of c, and a is at the other end"],
  ["versions to come", [readerHello([], { lowestVersion: 4, highestVersion: 4 })], "the versions 4 to 4"],
  ["a want without an offer", [readerHello(), { kind: "want", ids: [] }], "WANT comes without a HAVE"],
  [
    "an offer",
    [readerHello(), { kind: "have", section: "public", sequence: 1, ids: ["ab".repeat(32)] }],
    "HAVE is a source's",
  ],
  ["records", [readerHello(), { kind: "records", answered: 0, records: [] }], "RECORDS is a source's"],
])("%s from a reader ends the stream", (_, messages, text) => {
  const end = new SourceEnd({ book: bookOf(3) });
  end.receive(...messages);
  const failure = end.told.at(-1)!;
  expect(failure.kind === "failed" && failure.text).toContain(text);
  expect([end.source.isPaused, end.sent(), end.source.nextTimeout()]).toEqual([true, [], Infinity]);
});

test("broken rules of a reader are faults of the neighbour", () => {
  const conduct = conductOf();
  for (let streams = 0; streams < limits.FAULTS_MAX; streams++) {
    expect(conduct.isMuted(0)).toBe(false);
    new SourceEnd({ conduct }).receive({ kind: "want", ids: [] });
  }
  expect(conduct.isMuted(0)).toBe(true);
});

test("a reader that says nothing", () => {
  const end = new SourceEnd({ book: bookOf(3) });
  expect(end.source.nextTimeout()).toBe(limits.HELLO_MS);
  end.source.handleTimeout(limits.HELLO_MS);
  expect(end.told).toMatchObject([{ kind: "failed", text: "HELLO has not come for 30 s" }]);
});

describe("a source", () => {
  test("tells its owner who reads", () => {
    const end = new SourceEnd();
    end.receive(readerHello([{ section: "public", sequence: 7 }], { seen: "udp://192.0.2.9:1" }));
    expect(end.told).toMatchObject([{ kind: "hello", seen: "udp://192.0.2.9:1", sections: ["public"] }]);
  });

  test("offers no more than four times 256 ids to a reader that wants nothing, and reads no more rows", () => {
    const end = sourceAfterHello({ book: bookOf(2_000) });
    expect(end.sent().map((message) => idsOfHave(message).length)).toEqual([256, 256, 256, 256]);
    const { reads } = end.book;
    for (let each = 0; each < 100; each++) {
      end.source.handleNews();
      expect(end.sent()).toEqual([]);
    }
    // Pushes are looked for at each news, and offers are not.
    expect(end.book.reads - reads).toBeLessThanOrEqual(100 * 4);
    end.receive({ kind: "want", ids: [] });
    expect(end.sent()).toHaveLength(1);
  });

  test("makes nothing while nothing is polled, however much is wanted", () => {
    const end = sourceAfterHello({ book: bookOf(2_000, 1_000) });
    const wants = end.sent().map((message): Message => ({ kind: "want", ids: idsOfHave(message) }));
    let made = 0;
    const record = end.book.record.bind(end.book);
    end.book.record = (id): Uint8Array | undefined => {
      made++;
      return record(id);
    };
    end.receive(...wants);
    expect(made).toBe(0);
    expect(end.send()).toMatchObject({ kind: "records", answered: limits.RECORDS_MAX });
    expect(made).toBeLessThanOrEqual(limits.RECORDS_MAX + 1);
  });

  test("answers ids that it did not offer, or that were asked for before, by nothing", () => {
    const book = bookOf(2);
    const secret = record("secret");
    book.add("secret", secret);
    const end = sourceAfterHello({ book });
    const [first, second] = idsOfHave(end.send());
    end.receive({ kind: "want", ids: [first!, idOf(secret), first!, second!, "00".repeat(32)] });
    expect(end.sent()).toEqual([
      { kind: "records", answered: 5, records: [Uint8Array.from(record("r0")), Uint8Array.from(record("r1"))] },
    ]);
    book.add("public", record("r2"));
    end.source.handleNews();
    end.now = 1_000;
    expect(idsOfHave(end.send())).toEqual([idOf(record("r2"))]);
    end.receive({ kind: "want", ids: [first!] });
    expect(end.sent()).toEqual([{ kind: "records", answered: 1, records: [] }]);
  });

  test("offers what comes alone at once, what comes one by one together, and pushes voids meanwhile", () => {
    const book = new Book();
    const end = sourceAfterHello({ book });
    const add = (name: string): void => {
      book.add("public", record(name));
      end.source.handleNews();
    };
    add("r0");
    expect(idsOfHave(end.send())).toEqual([idOf(record("r0"))]);
    end.receive({ kind: "want", ids: [] });
    for (const name of ["r1", "r2", "void3"]) {
      end.now += 2;
      add(name);
      const pushed = name === "void3" ? [{ kind: "records", answered: 0 }] : [];
      expect(end.sent()).toMatchObject(pushed);
    }
    end.now = end.source.nextTimeout();
    expect(end.now).toBe(20);
    end.source.handleTimeout(end.now);
    expect(idsOfHave(end.send())).toEqual(["r1", "r2", "void3"].map((name) => idOf(record(name))));
    expect(end.source.nextTimeout()).toBe(Infinity);
  });

  test("answers in messages that are within their bounds, by number and by octets", () => {
    const end = sourceAfterHello({ book: bookOf(200, 15_000) });
    end.receive({ kind: "want", ids: idsOfHave(end.send()) });
    const answers = end.sent();
    expect(answers.every((answer) => answer.kind === "records" && answer.records.length <= 17)).toBe(true);
    expect(answers.reduce((sum, answer) => sum + (answer as { answered: number }).answered, 0)).toBe(200);
    const small = sourceAfterHello({ book: bookOf(200) });
    small.receive({ kind: "want", ids: idsOfHave(small.send()) });
    expect(small.sent().map((answer) => (answer as { answered: number }).answered)).toEqual([64, 64, 64, 8]);
  });

  test("serves a reader that begins again and again at a rate", () => {
    const conduct = conductOf();
    const book = bookOf(256, 15_000);
    let bytes = 0;
    const serve = (): SourceEnd => {
      const end = new SourceEnd({ book, conduct });
      end.receive(readerHello());
      for (let message = end.send(); message !== undefined; message = end.send()) {
        if (message.kind === "have") end.receive({ kind: "want", ids: message.ids });
        if (message.kind === "records") bytes += message.records.reduce((sum, { length }) => sum + length, 0);
      }
      return end;
    };
    for (let streams = 0; streams < 20; streams++) serve();
    expect(bytes).toBeGreaterThan(limits.SERVED_BURST * 0.9);
    expect(bytes).toBeLessThan(limits.SERVED_BURST + limits.BODY_SIZE_MAX);
    const end = serve();
    const opensAt = end.source.nextTimeout();
    expect(opensAt).toBeLessThanOrEqual((limits.BODY_SIZE_MAX * 1_000) / limits.SERVED_PER_SECOND + 1);
    end.now = opensAt;
    end.source.handleTimeout(opensAt);
    expect(end.send()).toMatchObject({ kind: "hello" });
  });

  test("reads messages of later versions no faster than others", () => {
    const end = sourceAfterHello({ book: bookOf(1) });
    let read = 0;
    for (; !end.source.isPaused; read++) end.receive(Buffer.from("0900000000", "hex"));
    expect(read).toBeLessThanOrEqual(limits.BYTES_BURST / limits.MESSAGE_COST_MIN);
    const resumesAt = end.source.nextTimeout();
    expect(resumesAt).toBeLessThan(100);
    end.source.handleTimeout(resumesAt);
    expect(end.source.isPaused).toBe(false);
    expect(end.sent()).toMatchObject([{ kind: "have" }]);
  });

  test("gives sections turns, so that a long one does not keep others waiting", () => {
    const book = bookOf(2_000);
    book.add("entry", record("e"));
    const end = sourceAfterHello({ book, sections: ["public", "entry"] });
    expect(end.sent().map((message) => (message as { section: string }).section)).toEqual([
      "public",
      "entry",
      "public",
      "public",
    ]);
  });

  test("pushes of many voids come in messages within their bounds, and are offered afterwards", () => {
    const book = new Book();
    for (let each = 0; each < 100; each++) book.add("entry", record(`void${each}`, { size: 3_000 }));
    const end = sourceAfterHello({ book });
    const messages = end.sent();
    expect(messages.slice(0, -1).map((message) => (message as Records).records.length)).toEqual([64, 36]);
    expect(idsOfHave(messages.at(-1))).toHaveLength(100);
  });

  test("pushes are cut by octets, too, and rows whose records are gone are passed over", () => {
    const book = new Book();
    const voids = Array.from({ length: 30 }, (_, each) => record(`void${each}`, { size: 15_000 }));
    for (const octets of voids) book.add("entry", octets);
    const end = sourceAfterHello({ book });
    const record0 = book.record.bind(book);
    book.record = (id): Uint8Array | undefined => (id === idOf(voids[0]!) ? undefined : record0(id));
    const pushed = end.sent().flatMap((message) => (message.kind === "records" ? message.records.map(idOf) : []));
    expect(pushed).toEqual(voids.slice(1).map(idOf));
    const gone = sourceAfterHello({ book: bookOf(0) });
    gone.book.add("entry", record("void"));
    gone.book.record = (): undefined => undefined;
    gone.source.handleNews();
    expect(gone.sent()).toEqual([]);
  });
});
