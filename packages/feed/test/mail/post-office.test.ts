import { describe, expect, test } from "vitest";
import { Outcome } from "../../src/mail/letter.ts";
import * as limits from "../../src/mail/limits.ts";
import { writeMessage } from "../../src/message-writer.ts";
import { beaconOf, TestPost, WALL } from "./offices.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const SENDER = "the-one-who-writes";

/** A row of nodes whose last one reads mail: the sender, b, c, d. */
function row(): TestPost {
  const post = new TestPost([SENDER, "b"], ["b", "c"], ["c", "d"]);
  post.makeReader("d");
  return post;
}

describe("a letter", () => {
  test("goes to its reader, and the answer comes back", () => {
    const post = row();
    const sender = post.of(SENDER);
    const number = sender.send(Buffer.from("a question"));
    const [letter] = post.of("d").told("letter");
    const { key } = post.registry.keyOf(SENDER);
    expect(letter!.letter).toMatchObject({ kind: "papers", node: SENDER, key });
    expect(Buffer.from(letter!.letter.body).toString()).toBe("a question");
    expect(sender.told("done")).toMatchObject([{ number, reader: "d", answer: { outcome: Outcome.answered } }]);
    const [b, c] = [post.of("b").office, post.of("c").office];
    expect([b.forwarded, b.returned, c.forwarded, c.returned]).toEqual([1, 1, 1, 1]);
    expect([post.of("d").office.read, post.of("d").office.replied]).toEqual([1, 1]);
    expect([sender.office.sent, sender.office.answered]).toEqual([1, 1]);
  });

  test("tells nobody in between who has written it, what it is about, or how far it has come", () => {
    const post = row();
    for (const body of ["x", "x".repeat(100)]) post.of(SENDER).send(Buffer.from(body));
    const seen = [post.of("b"), post.of("c")].map(({ mails }) => mails);
    for (const mails of seen) {
      expect(mails).toHaveLength(4);
      for (const mail of mails) {
        const text = Buffer.from(writeMessage(mail)).toString("latin1");
        expect(text).not.toContain(SENDER);
        expect(text).not.toContain("papers");
        expect([mail.tokens.length, (mail.sealed.length - limits.SEAL_SIZE) % limits.PADDING]).toEqual([256, 0]);
      }
    }
    const sizes = seen.flat().map(({ sealed }) => sealed.length);
    expect(new Set(sizes)).toEqual(new Set([limits.PADDING + limits.SEAL_SIZE]));
    // All that one node sees of a letter is new at the next but its name, which the answer needs.
    const [atB, atC] = [seen[0]![0]!, seen[1]![0]!];
    expect(Buffer.from(atC.tokens.subarray(32)).equals(Buffer.from(atB.tokens.subarray(0, -32)))).toBe(true);
  });

  test("is answered later, too, within a minute", () => {
    const post = row();
    const [sender, reader] = [post.of(SENDER), post.of("d")];
    reader.answers = undefined;
    sender.send(undefined, 30_000);
    post.advance(20_000);
    const [letter] = reader.told("letter");
    reader.office.answer(letter!.number, { outcome: Outcome.busy, body: new Uint8Array(0) }, post.at);
    post.settle();
    expect(sender.told("done")).toMatchObject([{ answer: { outcome: Outcome.busy } }]);
    sender.send(undefined, 30_000);
    post.advance(MINUTE);
    reader.office.answer(reader.told("letter").at(-1)!.number, { outcome: 0, body: new Uint8Array(0) }, post.at);
    post.settle();
    expect(sender.told("done").map(({ answer }) => answer?.outcome)).toEqual([Outcome.busy, undefined]);
  });

  test("to one reader goes to that one alone, each time, however many others there are", () => {
    const post = new TestPost([SENDER, "b"], ["b", "c"], ["b", "d"]);
    for (const name of ["c", "d"]) post.makeReader(name);
    const sender = post.of(SENDER);
    for (let count = 0; count < 5; count++) sender.send(undefined, undefined, "d");
    expect(sender.told("done").map(({ reader }) => reader)).toEqual(Array(5).fill("d"));
    post.of("d").answers = undefined;
    sender.send(undefined, undefined, "d");
    sender.send(undefined, undefined, "nobody");
    expect([sender.office.hasWay(1, post.at, "d"), sender.office.hasWay(1, post.at, "nobody")]).toEqual([true, false]);
    post.advance(MINUTE);
    expect(sender.told("done").slice(5)).toMatchObject([{ answer: undefined }, { answer: undefined }]);
    expect([post.of("c").office.read, post.of("d").office.read]).toEqual([0, 5 + limits.TRIES_MAX]);
  });

  test("of the largest size is within a message", () => {
    const post = row();
    post.of(SENDER).send(new Uint8Array(limits.LETTER_SIZE_MAX));
    expect(post.of(SENDER).told("done")).toMatchObject([{ answer: { outcome: Outcome.answered } }]);
    for (const mail of post.of("b").mails) expect(writeMessage(mail).length).toBeLessThan(limits.MAIL_SIZE_MAX - 126);
  });

  test("goes another way when nobody answers, and is given up after four times", () => {
    const post = new TestPost([SENDER, "b"], [SENDER, "c"], ["b", "d"], ["c", "d"]);
    post.makeReader("d");
    const [sender, b, c] = [post.of(SENDER), post.of("b"), post.of("c")];
    for (const each of [b, c]) each.swallows = each.name === sender.office.wayTo("d", post.at);
    sender.send();
    post.advance(4_999);
    expect(sender.told("done")).toEqual([]);
    post.advance(1);
    expect(sender.told("done")).toMatchObject([{ reader: "d" }]);
    expect([sender.office.sent, sender.office.unanswered]).toEqual([2, 0]);
    // The way that was silent comes last from then on.
    sender.send();
    expect(sender.office.sent).toBe(3);
    for (const each of [b, c]) each.swallows = true;
    sender.send();
    post.advance(20_000);
    expect(sender.told("done").at(-1)).toMatchObject({ answer: undefined, reader: "" });
    expect([sender.office.sent, sender.office.unanswered, sender.office.requests.size]).toEqual([7, 1, 0]);
  });

  test("goes to another reader when one is gone, and readers are asked in turn", () => {
    const post = new TestPost([SENDER, "b"], ["b", "d"], ["b", "e"]);
    for (const name of ["d", "e"]) post.makeReader(name);
    const sender = post.of(SENDER);
    for (let each = 0; each < 4; each++) {
      post.advance(1_000);
      sender.send();
    }
    expect(["d", "e"].map((name) => post.of(name).office.read)).toEqual([2, 2]);
    post.of("d").swallows = true;
    for (let each = 0; each < 4; each++) {
      sender.send();
      post.advance(5_000);
    }
    expect(sender.told("done").every(({ answer }) => answer !== undefined)).toBe(true);
  });

  test("gets past a forwarder's way that swallows all, as another id goes another way", () => {
    const post = new TestPost([SENDER, "b"], ["b", "x"], ["b", "y"], ["x", "d"], ["y", "d"]);
    post.makeReader("d");
    const swallower = post.of(post.of("b").office.wayTo("d", post.at)!);
    swallower.swallows = true;
    let answered = 0;
    for (let each = 0; each < 40; each++) {
      post.of(SENDER).send();
      post.advance(25_000);
      answered = post
        .of(SENDER)
        .told("done")
        .filter(({ answer }) => answer !== undefined).length;
    }
    expect(answered).toBeGreaterThan(15);
    expect(answered).toBeLessThan(40);
  });
});

describe("a neighbour whose stream is opened anew", () => {
  test("gets what has waited meanwhile, letters and answers", () => {
    const post = row();
    const [b, c] = [post.of("b"), post.of("c")];
    b.serve("c", false);
    c.serve("b", false);
    post.of(SENDER).send();
    expect([b.office.forwarded, post.of("d").office.read]).toEqual([1, 0]);
    b.serve("c", true);
    expect([post.of("d").office.read, post.of(SENDER).told("done")]).toMatchObject([1, []]);
    c.serve("b", true);
    expect(post.of(SENDER).told("done")).toHaveLength(1);
  });

  test("is no way for own letters until then, and none at all once its link is gone", () => {
    const post = row();
    const { office } = post.of(SENDER);
    office.handleUnserved("b");
    expect(office.hasWay(1, post.at)).toBe(false);
    office.handleServed("b", post.at);
    expect(office.hasWay(1, post.at)).toBe(true);
    office.handleGone("b", post.at);
    expect(office.wayTo("d", post.at)).toBeUndefined();
  });
});

describe("a reader", () => {
  test("opens what was sealed for its former key until that ends, and no later", () => {
    const post = row();
    const reader = post.of("d");
    const first = reader.office.own.beacon!;
    post.jump(22 * HOUR);
    expect(reader.office.own.beacon!.key).toBe(first.key);
    post.jump(HOUR + MINUTE);
    expect(reader.office.own.beacon!.key).not.toBe(first.key);
    expect(reader.office.own.beacon!.end - reader.office.own.beacon!.time).toBeGreaterThan(20 * HOUR);
    post.of(SENDER).send();
    expect(post.of(SENDER).told("done")).toHaveLength(1);
  });

  test("does not answer for another one, and not by another key", () => {
    const post = row();
    const letters = post.of("c").mails;
    post.of(SENDER).send();
    const letter = letters.concat(post.of("d").mails)[0]!;
    expect(letter.reader).toBe("d");
    const other = new TestPost(["a", "b"]);
    other.makeReader("b");
    other.of("b").take({ ...letter, reader: "b" }, "a");
    expect(other.of("b").told("letter")).toEqual([]);
    expect(other.of("b").office.refused.get("sealed")).toBe(1);
  });

  test("that is none any more has no beacons, and others forget it", () => {
    const post = row();
    post.registry.readers.clear();
    post.of("d").office.own.offers = 0;
    for (const { office } of post.offices.values()) office.handleRecords(post.at);
    expect([...post.offices.values()].map(({ office }) => office.hasWay(1, post.at))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    post.advance(10 * MINUTE);
    expect(post.of("d").office.nextTimeout()).toBe(Infinity);
  });

  test("that is silent is forgotten after five minutes", () => {
    const post = row();
    post.of("d").neighbours.length = 0;
    post.advance(limits.READER_MS - 1);
    expect(post.of(SENDER).office.hasWay(1, post.at)).toBe(true);
    post.advance(1);
    expect(post.of(SENDER).office.hasWay(1, post.at)).toBe(false);
  });
});

describe("beacons", () => {
  test("go over eight links, and no further", () => {
    const names = Array.from({ length: 11 }, (_, at) => `n${at}`);
    const post = new TestPost(...names.slice(1).map((name, at) => [names[at]!, name] as const));
    post.makeReader("n0");
    const known = names.map((name) => post.of(name).office.readers.get("n0", post.now)?.beacon.hops);
    expect(known).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 8, undefined, undefined]);
    post.of("n8").send();
    expect(post.of("n8").told("done")).toHaveLength(1);
  });

  test("are passed on once, however many neighbours bring them, who are ways all the same", () => {
    const post = new TestPost(["a", "d"], ["b", "d"], ["c", "d"], ["a", "x"], ["b", "x"], ["c", "x"], ["x", "y"]);
    post.makeReader("d");
    const { office } = post.of("x");
    expect([office.beacons.get("news"), office.beacons.get("copy")]).toEqual([1, 2]);
    expect(
      office.readers
        .get("d", post.now)!
        .ways.map(({ peer }) => peer)
        .toSorted(),
    ).toEqual(["a", "b", "c"]);
    expect(post.of("y").brought).toHaveLength(1);
  });

  test("that come before the records which let them be believed are looked at again, four of a neighbour", () => {
    const post = new TestPost(["a", "b"]);
    for (let each = 0; each < 6; each++) post.of("b").take(beaconOf(post, `r${each}`), "a");
    expect(post.of("b").office.beacons.get("unknown")).toBe(6);
    for (let each = 0; each < 6; each++) post.registry.makeReader(`r${each}`);
    post.of("b").office.handleRecords(post.at);
    expect(post.of("b").office.readers.known(post.now)).toHaveLength(limits.EARLY_MAX);
  });

  test("are given to a neighbour that comes later", () => {
    const post = new TestPost(["a", "d"], ["x", "y"]);
    post.makeReader("d");
    post.link("a", "x");
    expect(["x", "y"].map((name) => post.of(name).office.hasWay(1, post.at))).toEqual([true, true]);
  });
});

test.each([
  ["a little, makes beacons that are newer than its last one", -4 * 60_000, WALL + 1],
  ["far, makes beacons that others take once they have forgotten it", -5 * 60_000, WALL - 5 * 60_000],
] as const)("a reader whose clock is put back %s", (_, ms, time) => {
  const post = new TestPost(["a", "b"]);
  post.makeReader("a");
  const { own } = post.of("a").office;
  expect(own.beacon!.time).toBe(WALL);
  expect(own.poll({ now: 30_000, wall: WALL + ms })!.time).toBe(time);
});
