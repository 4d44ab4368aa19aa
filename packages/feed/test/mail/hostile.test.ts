/** Neighbours that mean harm: what they send costs a bounded amount, and keeps nobody else from mail. */
import { describe, expect, test } from "vitest";
import { Outcome } from "../../src/mail/letter.ts";
import * as limits from "../../src/mail/limits.ts";
import type { BeaconVerdict } from "../../src/mail/readers.ts";
import type { Beacon, Mail } from "../../src/messages.ts";
import { beaconOf, madeUpLetter, TestPost, WALL } from "./offices.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A hub b between hostile neighbours, an honest one a, and the reader d. */
function hub(...hostile: readonly string[]): TestPost {
  const post = new TestPost(["a", "b"], ["b", "d"], ...hostile.map((name) => [name, "b"] as const));
  post.makeReader("d");
  return post;
}

let ids = 0;
function flood(post: TestPost, from: string, letters: number, changes: Partial<Mail> = {}): void {
  for (let each = 0; each < letters; each++) {
    post.of("b").take(madeUpLetter(post, "d", ++ids, changes), from);
    post.settle();
  }
}

describe("a flood of letters", () => {
  test("of a node is passed on as far as its allowance goes, and honest ones pass", () => {
    const post = hub("h");
    flood(post, "h", 5_000);
    const { office } = post.of("b");
    // The next node takes so many at once, and half of its queue fills.
    const most = limits.LETTERS_BURST + limits.WAITING_MAX / 2;
    expect([office.forwarded, office.refused.get("too-often")]).toEqual([most, 5_000 - limits.MAILS_BURST]);
    for (let second = 1; second <= 20; second++) {
      post.of("a").send();
      post.advance(1_000);
      expect(post.of("a").told("done")).toHaveLength(second);
      flood(post, "h", 100);
    }
    expect(office.forwarded).toBeLessThanOrEqual(most + 20 * limits.LETTERS_PER_SECOND + 40);
    expect([office.held > 0, post.of("a").office.held, post.of("d").office.held]).toEqual([true, 0, 0]);
    // The next node has refused nothing: it would not know whose it was.
    expect(post.of("d").office.refused.get("too-often")).toBeUndefined();
  });

  test("of a neighbour that is no node is a trickle, and of one that was taken back nothing", () => {
    const post = hub("candidate", "void");
    post.registry.standings.set("candidate", "unknown").set("void", "void");
    for (const name of ["candidate", "void"]) flood(post, name, 100);
    const { office } = post.of("b");
    expect([office.forwarded, office.refused.get("void")]).toEqual([limits.CANDIDATE_MAILS_BURST, 100]);
    post.advance(10 * MINUTE);
    flood(post, "candidate", 100);
    expect(office.forwarded).toBe(2 * limits.CANDIDATE_MAILS_BURST);
  });

  test("of many neighbours keeps a bounded memory, forgets no honest letter early, and leaves room", () => {
    const hostile = Array.from({ length: 6 }, (_, at) => `h${at}`);
    const post = hub(...hostile);
    const { office } = post.of("b");
    post.of("d").swallows = true;
    post.of("a").send(undefined, MINUTE);
    const honest = post.of("b").mails.at(-1)!;
    const most = limits.LETTERS_BURST + limits.WAITING_MAX + limits.LETTERS_PER_SECOND * 60;
    for (let second = 0; second < 59; second++) {
      for (const name of hostile) flood(post, name, 10);
      expect(office.remembered).toBeLessThanOrEqual(most);
      post.advance(1_000);
    }
    expect(office.refused.get("full")).toBeGreaterThan(0);
    const copies = office.refused.get("copy") ?? 0;
    post.of("b").take(honest, "a");
    expect(office.refused.get("copy")).toBe(copies + 1);
    const { forwarded } = office;
    post.of("a").send();
    expect(office.forwarded).toBe(forwarded + 1);
    post.advance(2 * MINUTE);
    flood(post, "h0", 1);
    expect(office.remembered).toBe(1);
  });

  test("to a neighbour that does not read fills its queue to a half, and others have room", () => {
    const post = hub("h");
    post.of("b").neighbours.splice(post.of("b").neighbours.indexOf(post.of("d")), 1);
    flood(post, "h", 200, { sealed: new Uint8Array(15_000) });
    const { office } = post.of("b");
    const places = Math.floor(limits.WAITING_OCTETS_MAX / 15_000 / 2);
    expect([office.forwarded, office.refused.get("full")]).toEqual([places, 200 - places]);
    post.of("a").send(undefined, MINUTE);
    expect(office.forwarded).toBe(places + 1);
    // Mail that has waited until its end is not sent.
    post.advance(MINUTE);
    expect(office.next("d", post.now)?.kind).not.toBe("mail");
  });

  test("to a reader is opened as far as it is paid for, and costs signatures", () => {
    const post = hub("h");
    const reader = post.of("d");
    const conduct = reader.conductOf("b");
    const letter = madeUpLetter(post, "d", ++ids);
    expect(reader.office.costOf(letter, post.at)).toBe(0);
    for (let each = 0; each < 1_000; each++) reader.take(madeUpLetter(post, "d", ++ids), "b");
    expect(reader.office.refused.get("sealed")).toBe(limits.MAILS_BURST);
    // The neighbour's records are read as before.
    expect(conduct.verifications.isOpen(post.now)).toBe(true);
  });

  test("whose contents have cost a lot are dropped until that is paid, and what is verified for records is not touched", () => {
    const post = hub("h");
    const reader = post.of("d");
    const conduct = reader.conductOf("b");
    const bring = (): void => reader.take(madeUpLetter(post, "d", ++ids), "b");
    bring();
    conduct.chargeMail(limits.MAIL_VERIFICATIONS_BURST, post.now);
    bring();
    expect([...reader.office.refused]).toEqual([
      ["sealed", 1],
      ["too-often", 1],
    ]);
    expect(conduct.verifications.opensAt(post.now)).toBe(post.now);
    post.advance(1_000);
    bring();
    expect(reader.office.refused.get("sealed")).toBe(2);
  });
});

test("letters that are answered later, and that one neighbour brings without an end, leave room for others", () => {
  const senders = ["s0", "s1", "s2"];
  const post = new TestPost(["h", "d"], ["a", "d"], ...senders.map((name) => [name, "h"] as const));
  post.makeReader("d");
  const reader = post.of("d");
  reader.answers = undefined;
  const write = (from: string, count: number): void => {
    for (let each = 0; each < count; each++) post.of(from).send(undefined, MINUTE);
  };
  for (const name of senders) write(name, limits.REQUESTS_MAX);
  expect(reader.office.read).toBe(limits.LETTERS_MAX / 2);
  write("a", 1);
  expect(reader.office.read).toBe(limits.LETTERS_MAX / 2 + 1);
  // Letters that have ended make room.
  post.advance(2 * MINUTE);
  write("s0", 10);
  expect(reader.office.read).toBe(limits.LETTERS_MAX / 2 + 11);
});

test("letters that wait for something to be told have room of their own, and are answered within a minute", () => {
  const senders = ["s0", "s1", "s2"];
  const post = new TestPost(["h", "d"], ["a", "d"], ...senders.map((name) => [name, "h"] as const));
  post.makeReader("d");
  const reader = post.of("d");
  reader.answers = undefined;
  const write = (from: string, count: number): void => {
    for (let each = 0; each < count; each++) post.of(from).send(undefined, MINUTE);
  };
  const letters = (): readonly { readonly number: number }[] => reader.told("letter");
  for (const name of senders) {
    write(name, limits.REQUESTS_MAX - 4);
    for (const { number } of letters()) reader.office.park(number);
  }
  // More than one neighbour may have whose answers are being made.
  expect(letters()).toHaveLength(3 * (limits.REQUESTS_MAX - 4));
  expect(reader.office.refused.get("full")).toBeUndefined();
  post.advance(MINUTE - 1);
  const [first, last] = [letters()[0]!, letters().at(-1)!];
  const answer = (number: number): void =>
    reader.office.answer(number, { outcome: Outcome.answered, body: Buffer.from("news") }, post.at);
  answer(first.number);
  answer(first.number);
  post.settle();
  expect(post.of("s0").told("done")).toMatchObject([{ answer: { outcome: Outcome.answered } }]);
  post.advance(1);
  answer(last.number);
  post.settle();
  expect(
    post
      .of("s2")
      .told("done")
      .filter(({ answer }) => answer !== undefined),
  ).toEqual([]);
  expect(reader.office.park(last.number)).toBe(false);
});

describe("a letter that breaks rules", () => {
  test.each<readonly [string, Partial<Mail>, string]>([
    ["that has ended long ago", { end: WALL - limits.CLOCK_MS }, "time"],
    ["that never ends", { end: WALL + limits.MAIL_MS + limits.CLOCK_MS + 1 }, "time"],
    ["for a node that reads no mail", { reader: "a" }, "no-way"],
    ["for a node that nobody knows", { reader: "nobody" }, "no-way"],
  ])("%s goes nowhere", (_, changes, reason) => {
    const post = hub("h");
    flood(post, "h", 1, changes);
    expect([...post.of("b").office.refused]).toEqual([[reason, 1]]);
    expect(post.of("b").office.remembered).toBe(0);
  });

  test("that came before is dropped, from whomever, until it ends", () => {
    const post = hub("h");
    const letter = madeUpLetter(post, "d", ++ids);
    for (const from of ["h", "a", "h"]) post.of("b").take(letter, from);
    expect(post.of("b").office.refused.get("copy")).toBe(2);
    expect(post.of("b").office.forwarded).toBe(1);
  });

  test("is not given back to where it came from", () => {
    const post = hub("h");
    post.of("b").take(madeUpLetter(post, "d", ++ids), "d");
    expect(post.of("b").office.refused.get("no-way")).toBe(1);
  });

  test("that its sender gets back goes nowhere, also once it was answered", () => {
    const post = new TestPost(["a", "b"], ["a", "c"], ["b", "d"], ["c", "d"]);
    post.makeReader("d");
    const a = post.of("a");
    a.send();
    expect(a.told("done")).toHaveLength(1);
    const [letter] = [...post.of("b").mails, ...post.of("c").mails].filter(({ reader }) => reader === "d");
    expect(letter!.end % limits.END_STEP_MS).toBe(0);
    for (const from of ["b", "c"]) a.take(letter!, from);
    expect([a.office.refused.get("copy"), a.office.forwarded]).toEqual([2, 0]);
  });

  test("and that cannot be opened is remembered for a minute at its reader", () => {
    const post = hub("h");
    const { office } = post.of("d");
    post.of("d").take(madeUpLetter(post, "d", ++ids, { end: WALL + limits.MAIL_MS + limits.CLOCK_MS }), "b");
    expect(office.remembered).toBe(1);
    post.advance(2 * MINUTE);
    post.of("d").take(madeUpLetter(post, "d", ++ids), "b");
    expect(office.remembered).toBe(1);
  });

  test("that was read once is not read again, as long as its end lets it come", () => {
    const post = hub("h");
    post.of("a").send();
    const [letter] = post.of("d").mails;
    for (const ms of [0, MINUTE, 4 * MINUTE, MINUTE]) {
      post.advance(ms);
      post.of("d").take(letter!, "b");
      post.settle();
    }
    expect(post.of("d").told("letter")).toHaveLength(1);
  });
});

test("what waits for a neighbour is let go of when it reads again and was taken back", () => {
  const post = hub("h");
  const b = post.of("b");
  b.serve("d", false);
  flood(post, "h", 1);
  expect(b.office.forwarded).toBe(1);
  post.registry.standings.set("d", "void");
  b.office.handleServed("d", post.at);
  post.registry.standings.set("d", "node");
  b.serve("d", true);
  expect(post.of("d").mails).toEqual([]);
});

describe("an answer", () => {
  /** An answer that has come to b, and was not passed back yet. */
  function heldAnswer(): { readonly post: TestPost; readonly answer: Mail } {
    const post = hub("h");
    post.of("b").neighbours.splice(0);
    post.of("d").answers = undefined;
    post.of("a").send();
    const letter = post.of("b").office.next("d", post.now);
    const beaconOrLetter = letter?.kind === "mail" ? letter : (post.of("b").office.next("d", post.now) as Mail);
    post.of("d").take(beaconOrLetter, "b");
    post.settle();
    const [told] = post.of("d").told("letter");
    post.of("d").office.answer(told!.number, { outcome: 0, body: new Uint8Array(4) }, post.at);
    const next = (): Beacon | Mail | undefined => post.of("d").office.next("b", post.now);
    let answer = next();
    while (answer?.kind === "beacon") answer = next();
    return { post, answer: answer as Mail };
  }

  test("that nobody waits for, comes from elsewhere, twice, or by another token goes nowhere", () => {
    const { post, answer } = heldAnswer();
    const b = post.of("b");
    b.take({ ...answer, id: "00".repeat(16) }, "d");
    b.take(answer, "h");
    b.take({ ...answer, tokens: new Uint8Array(limits.TOKENS_SIZE) }, "d");
    b.take({ ...answer, end: answer.end + 1 }, "d");
    expect([b.office.refused.get("copy"), b.office.refused.get("no-token"), b.office.returned]).toEqual([2, 2, 0]);
    b.take(answer, "d");
    b.take(answer, "d");
    expect([b.office.refused.get("copy"), b.office.returned]).toEqual([3, 1]);
  });

  test("that is made up does not end the wait for the true one, and few are looked at", () => {
    const { post, answer } = heldAnswer();
    const a = post.of("a");
    const forged = { ...answer, sealed: new Uint8Array(528) };
    for (let each = 0; each < 3; each++) a.take(forged, "b");
    a.take(answer, "b");
    post.settle();
    expect(a.told("done")).toMatchObject([{ reader: "d" }]);
    a.neighbours.splice(0);
    a.send();
    const open = a.office.next("b", post.now) as Mail;
    for (let each = 0; each < 20; each++) a.take({ ...forged, id: open.id, end: open.end }, "b");
    expect(a.office.refused.get("sealed")).toBe(3 + limits.DAMAGED_MAX);
  });
});

describe("a beacon", () => {
  const time = WALL;
  test.each<readonly [BeaconVerdict, Partial<Beacon>]>([
    ["own", { node: "b" }],
    ["older", { node: "d", time: WALL - 1 }],
    ["time", { time: time + limits.CLOCK_MS + 1, end: time + DAY }],
    ["time", { time: time - limits.CLOCK_MS - 1, end: time + 1 }],
    ["time", { end: time }],
    ["time", { end: time + DAY + 1 }],
    ["unknown", { node: "stranger" }],
    ["signature", { signature: "ab".repeat(64) }],
    ["signature", { offers: 2 }],
    ["signature", { key: "cd".repeat(32) }],
  ])("is `%s` with %o, and is not passed on", (verdict, changes) => {
    const post = hub("h");
    post.registry.makeReader("e");
    const brought = post.of("a").brought.length;
    const signed = beaconOf(post, changes.node ?? "e", { time: changes.time ?? time, end: changes.end ?? time + 1 });
    post.of("b").take({ ...signed, ...changes }, "h");
    post.settle();
    expect(post.of("b").office.beacons.get(verdict)).toBe(1);
    expect(post.of("a").brought).toHaveLength(brought);
  });

  test("of another cluster is not believed", () => {
    const post = hub("h");
    post.registry.makeReader("e");
    const beacon = beaconOf(post, "e");
    const other = { ...beacon, signature: Buffer.alloc(64, 1).toString("hex") };
    post.of("b").take(other, "h");
    expect(post.of("b").office.beacons.get("signature")).toBe(1);
  });

  test("that a neighbour brings first, with all its hops, goes on by a shorter way, and with nothing else of the copy", () => {
    const post = hub("h", "g");
    post.registry.makeReader("e");
    const beacon = beaconOf(post, "e");
    const count = (): Beacon[] =>
      post.of("a").brought.flatMap(([, each]) => (each.kind === "beacon" && each.node === "e" ? [each] : []));
    const bring = (hops: number, from: string): void => {
      post.of("b").take({ ...beacon, hops, key: hops === limits.HOPS_MAX ? beacon.key : "cd".repeat(32) }, from);
      post.settle();
    };
    bring(limits.HOPS_MAX, "h");
    expect(count()).toEqual([]);
    bring(2, "g");
    expect(count()).toEqual([{ ...beacon, hops: 3 }]);
    bring(2, "h");
    bring(7, "h");
    expect(count()).toHaveLength(1);
  });

  test("of a neighbour that was taken back is refused", () => {
    const post = hub("h");
    post.registry.makeReader("e");
    post.registry.standings.set("h", "void");
    post.of("b").take(beaconOf(post, "e"), "h");
    expect(post.of("b").office.beacons.get("void")).toBe(1);
  });

  test("of a captured reader that never stops is passed on 4 times, and then each 20 s", () => {
    const post = hub("h");
    post.registry.makeReader("e");
    const count = (): number => post.of("a").brought.filter(([, each]) => (each as Beacon).node === "e").length;
    for (let each = 0; each < 600; each++) {
      post.of("b").take(beaconOf(post, "e"), "h");
      post.advance(100);
      if (each === 10) expect(count()).toBe(limits.BEACONS_BURST);
    }
    expect(count()).toBeLessThanOrEqual(limits.BEACONS_BURST + 60 * limits.BEACONS_PER_SECOND);
  });

  test("of more readers than there is room for is left out, and known ones stay", () => {
    const post = hub("h");
    for (let each = 0; each < limits.READERS_MAX + 10; each++) {
      post.registry.makeReader(`r${each}`);
      post.of("b").take(beaconOf(post, `r${each}`), "h");
    }
    expect(post.of("b").office.readers.known(post.now)).toHaveLength(limits.READERS_MAX);
    expect(post.of("b").office.beacons.get("full")).toBe(11);
    expect(post.of("b").office.hasWay(1, post.at)).toBe(true);
  });

  test("costs a signature where it is news, and nothing else", () => {
    const post = hub("h");
    post.registry.makeReader("e");
    const { office } = post.of("b");
    const beacon = beaconOf(post, "e");
    const cost = (message: Beacon): number => office.costOf(message, post.at);
    expect([cost(beacon), cost(beaconOf(post, "stranger"))]).toEqual([1, 0]);
    post.of("b").take(beacon, "h");
    expect(cost(beacon)).toBe(0);
  });
});
