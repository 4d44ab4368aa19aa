/** Beacons and mail on the streams that carry records. */
import { describe, expect, test } from "vitest";
import { VERIFICATIONS_BURST, VERIFICATIONS_PER_SECOND } from "../../src/limits.ts";
import { ReaderEnd, readerHello, SourceEnd, sourceHello } from "../ends.ts";
import { publishedAnswer, publishedBeacon, publishedLetter } from "../mail-vectors.ts";
import { Book, record } from "../records.ts";

function readerAfterHello(cost?: number): ReaderEnd {
  const end = new ReaderEnd(cost === undefined ? {} : { cost });
  end.receive(sourceHello([{ section: "public", sequence: 0 }]));
  return end;
}

describe("a reader", () => {
  test("tells what comes, in its order, with the records", () => {
    const end = readerAfterHello(0);
    end.receive(publishedBeacon, { kind: "records", answered: 0, records: [record("r")] }, publishedLetter);
    expect(end.told).toEqual(["hello", "post", "post"]);
    expect(end.taken).toHaveLength(1);
  });

  test("has what costs signatures wait for the neighbour's budget", () => {
    const end = readerAfterHello(8);
    for (let each = 0; each < 100; each++) end.receive(publishedLetter);
    end.wait(1_000);
    const most = (VERIFICATIONS_BURST + VERIFICATIONS_PER_SECOND) / 8 + 1;
    expect(end.told.length - 1).toBeLessThanOrEqual(most);
    expect(end.told.length - 1).toBeGreaterThan(most / 2);
    expect(end.reader.isPaused).toBe(true);
    end.wait(60_000);
    expect(end.told.filter((kind) => kind === "post")).toHaveLength(100);
  });

  test("whose owner takes none passes them over", () => {
    const end = readerAfterHello();
    end.receive(publishedBeacon, publishedLetter);
    expect(end.told).toEqual(["hello"]);
  });

  test.each([1, 2])("skips them in version %i", (highestVersion) => {
    const end = new ReaderEnd({ cost: 0 });
    end.receive(sourceHello([], { highestVersion }), publishedBeacon, publishedLetter);
    expect(end.told).toEqual(["hello"]);
  });

  test("refuses them in front of HELLO", () => {
    const end = new ReaderEnd({ cost: 0 });
    end.receive(publishedBeacon);
    expect(end.told).toEqual(["failed"]);
  });
});

describe("a source", () => {
  const post = () => [publishedBeacon, publishedLetter, publishedAnswer];

  test("sends them in turns with rows", () => {
    const book = new Book();
    book.add("public", record("void"));
    book.add("entry", record("one"));
    const end = new SourceEnd({ book, post: post() });
    end.receive(readerHello());
    expect(end.sent().map(({ kind }) => kind)).toEqual(["hello", "records", "beacon", "have", "mail", "have", "mail"]);
    expect(end.source.takesPost).toBe(true);
  });

  test.each([1, 2])("has none for a reader of version %i", (highestVersion) => {
    const waiting = post();
    const end = new SourceEnd({ post: waiting });
    end.receive(readerHello([], { highestVersion }));
    expect([end.sent().length, waiting.length, end.source.takesPost]).toEqual([1, 3, false]);
  });

  test.each([publishedBeacon, publishedLetter])("takes none from a reader: $kind", (message) => {
    const end = new SourceEnd();
    end.receive(readerHello(), message);
    expect(end.told.at(-1)).toMatchObject({ kind: "failed", text: expect.stringContaining("is a source's") });
  });
});
