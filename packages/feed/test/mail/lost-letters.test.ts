/** Letters that wait at their reader, and are lost with a node on their way: their senders hear of it, and send them again. */
import { describe, expect, test } from "vitest";
import { Outcome } from "../../src/mail/letter.ts";
import * as limits from "../../src/mail/limits.ts";
import type { Mail } from "../../src/messages.ts";
import { TestPost } from "./offices.ts";

const SECOND = 1_000;
const WAIT_MS = 50 * SECOND;
/** A letter that was lost is sent again within so long. */
const SOON_MS = 2 * SECOND;
const ANSWER = { outcome: Outcome.answered, body: new Uint8Array(0) };

/** The sender a; two ways to the reader d, each over two nodes. Letters wait at d. */
function twoWays(): TestPost {
  const post = new TestPost(["a", "b"], ["b", "c"], ["c", "d"], ["a", "x"], ["x", "y"], ["y", "d"]);
  post.makeReader("d");
  post.of("d").answers = undefined;
  return post;
}

/** The nodes on the way that the letter of a has gone, the first one first. */
function wayOf(post: TestPost): readonly [string, string] {
  return post.of("b").mails.length > 0 ? ["b", "c"] : ["x", "y"];
}

/** Answers the letter that has come to d last. */
function answerLast(post: TestPost): void {
  const letter = post.of("d").told("letter").at(-1)!;
  post.of("d").office.answer(letter.number, ANSWER, post.at);
  post.settle();
}

const read = (post: TestPost): number => post.of("d").told("letter").length;

describe("a letter that waits, when", () => {
  test.each([
    ["the next node", 0],
    ["the node behind it", 1],
  ] as const)("%s begins anew, is there again in two seconds, and its answer comes", (_, at) => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    post.advance(10 * SECOND);
    post.of(wayOf(post)[at]).restart();
    post.advance(SOON_MS);
    expect([read(post), post.of("a").office.lost]).toEqual([2, at]);
    answerLast(post);
    expect(post.of("a").told("done")).toMatchObject([{ reader: "d", answer: { outcome: Outcome.answered } }]);
    expect(post.of("a").office.sent).toBe(2);
  });

  test.each([0, 1] as const)("node %i of its way dies for good, goes the other way", (at) => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    post.advance(10 * SECOND);
    const way = wayOf(post);
    post.of(way[at]).die();
    post.advance(SOON_MS);
    expect(read(post)).toBe(2);
    expect(post.of(way[0] === "b" ? "x" : "b").office.forwarded).toBe(1);
    answerLast(post);
    expect(post.of("a").told("done")).toHaveLength(1);
  });

  test("it comes to a node whose one way on has died, goes another way", () => {
    // b passes a quarter of its letters on to e, whose one way on is over x.
    const post = new TestPost(["a", "b"], ["b", "c"], ["c", "d"], ["b", "e"], ["e", "x"], ["x", "d"]);
    post.makeReader("d");
    post.of("d").answers = undefined;
    post.of("x").die();
    for (let each = 0; each < 40; each++) {
      post.of("a").send(undefined, WAIT_MS);
      // The second try goes that way, too, once in four times.
      for (let tries = 1; tries < limits.TRIES_MAX && read(post) === each; tries++) post.advance(SOON_MS);
      expect(read(post)).toBe(each + 1);
      answerLast(post);
    }
    expect(post.of("a").told("done")).toHaveLength(40);
    expect(post.of("e").office.refused.get("no-way")).toBeGreaterThan(0);
  });

  test("it comes back to a node that has passed it on, goes another way", () => {
    // e has the beacon of f first, so that it is a way for b, which passes a quarter of its letters on to it: they go to f, and back to b.
    const post = new TestPost(["a", "b"], ["b", "c"], ["c", "d"], ["b", "e"], ["e", "f"], ["f", "b"]);
    post.of("b").serve("e", false);
    post.makeReader("d");
    post.of("b").serve("e", true);
    post.of("d").answers = undefined;
    for (let each = 0; each < 40; each++) {
      post.of("a").send(undefined, WAIT_MS);
      for (let tries = 1; tries < limits.TRIES_MAX && read(post) === each; tries++) post.advance(SOON_MS);
      expect(read(post)).toBe(each + 1);
      answerLast(post);
    }
    expect(post.of("a").told("done")).toHaveLength(40);
    expect(post.of("b").office.refused.get("copy")).toBeGreaterThan(0);
  });

  test("its sender gets it back itself, goes another way", () => {
    const post = new TestPost(["a", "b"], ["b", "d"], ["a", "x"], ["x", "b"]);
    post.makeReader("d");
    post.of("d").answers = undefined;
    post.of("a").send(undefined, WAIT_MS);
    const [mail] = post.of("b").mails;
    const { lost } = post.of("x").office;
    // Whoever brings it hears the same as of any node that has passed it on.
    post.of("a").take({ ...mail!, tokens: mail!.tokens.slice() }, "x");
    post.settle();
    const [notice] = post.of("x").mails.slice(-1);
    expect([notice!.id, notice!.reader, notice!.sealed.length]).toEqual([mail!.id, "", limits.SEAL_SIZE]);
    expect(post.of("x").office.lost).toBe(lost);
  });

  test("its reader begins anew, is there again, however far away that is", () => {
    const post = new TestPost(["a", "b"], ["b", "c"], ["c", "d"]);
    post.makeReader("d");
    post.of("d").answers = undefined;
    post.of("a").send(undefined, WAIT_MS);
    post.advance(40 * SECOND);
    post.of("d").restart(1);
    post.advance(SOON_MS);
    expect(read(post)).toBe(2);
    // The time for the answer begins anew, too.
    post.advance(45 * SECOND);
    answerLast(post);
    expect(post.of("a").told("done")).toMatchObject([{ answer: { outcome: Outcome.answered } }]);
  });

  test("nothing happens, costs nothing, and an answer that was on its way after all is taken", () => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    post.advance(40 * SECOND);
    expect([post.of("a").office.sent, read(post)]).toEqual([1, 1]);
    const [first] = post.of("d").told("letter");
    const [next] = wayOf(post);
    post.of(next).office.handleLost(next === "b" ? "c" : "y", post.at);
    post.settle();
    post.of("d").office.answer(first!.number, ANSWER, post.at);
    post.settle();
    expect(post.of("a").told("done")).toHaveLength(1);
    post.advance(limits.MAIL_MS);
    expect([post.of("a").office.sent, post.of("a").office.lost]).toEqual([1, 1]);
  });
});

test("a letter is given to its reader itself by whoever is its neighbour", () => {
  const post = new TestPost(["a", "b"], ["b", "d"], ["b", "x"], ["x", "d"], ["b", "y"], ["y", "d"]);
  post.makeReader("d");
  for (let each = 0; each < 40; each++) post.of("a").send();
  expect(post.of("a").told("done")).toHaveLength(40);
  expect([post.of("x").office.forwarded, post.of("y").office.forwarded]).toEqual([0, 0]);
});

describe("a neighbour that lies about losses", () => {
  const notice = (mail: Mail): Mail => ({ ...mail, reader: "", sealed: new Uint8Array(limits.SEAL_SIZE) });

  test("has a letter be sent four times at most, and is asked last", () => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    const [next] = wayOf(post);
    for (let each = 0; each < 1_000; each++) {
      for (const mail of post.of(next).mails) post.of("a").take(notice(mail), next);
      post.advance(100);
    }
    expect(post.of("a").office.sent).toBeLessThanOrEqual(limits.TRIES_MAX);
    expect(post.of(next === "b" ? "x" : "b").office.forwarded).toBeGreaterThan(0);
  });

  test("that was not given the letter, or says so twice, is not heard", () => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    const [next, behind] = wayOf(post);
    const [mail] = post.of(behind).mails;
    post.of("a").take(notice(mail!), next === "b" ? "x" : "b");
    post.of(next).take(notice(mail!), "a");
    expect([post.of("a").office.lost, post.of(next).office.lost]).toEqual([0, 0]);
    for (let each = 0; each < 10; each++) post.of(next).take(notice(mail!), behind);
    expect([post.of(next).office.lost, post.of(next).office.refused.get("copy")]).toEqual([1, 10]);
    post.advance(SOON_MS);
    expect(post.of("a").office.sent).toBe(2);
  });

  test("by bringing letters of others again gets a notice for each, and nobody else does", () => {
    const post = twoWays();
    post.of("a").send(undefined, WAIT_MS);
    const [next] = wayOf(post);
    const other = next === "b" ? "x" : "b";
    const [mail] = post.of(next).mails;
    for (let each = 0; each < 1_000; each++) post.of(next).take(mail!, "c");
    for (let each = 0; each < 1_000; each++) post.of(next).take(mail!, "a");
    post.settle();
    post.advance(SOON_MS);
    expect([post.of("a").office.lost, post.of("a").office.sent, post.of(other).mails.length]).toEqual([0, 1, 0]);
    answerLast(post);
    expect(post.of("a").told("done")).toMatchObject([{ answer: { outcome: Outcome.answered } }]);
  });

  test("and opens its stream again and again has each letter that it was given told once", () => {
    const post = twoWays();
    for (let each = 0; each < 20; each++) post.of("a").send(undefined, WAIT_MS);
    const [next, behind] = wayOf(post);
    for (let each = 0; each < 1_000; each++) post.of(next).office.handleLost(behind, post.at);
    expect(post.of(next).office.lost).toBeLessThanOrEqual(20);
  });
});
