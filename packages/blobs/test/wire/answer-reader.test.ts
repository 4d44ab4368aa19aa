import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HolderError } from "../../src/index.ts";
import { AnswerReader } from "../../src/wire/answer-reader.ts";

const ANSWER =
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: keep-alive\r\n\r\nseven!!";
const newReader = (): AnswerReader => new AnswerReader((status) => (status === 200 ? 100 : 10));

/** Gives octets to a reader in pieces. Returns what it says. */
function read(octets: Buffer, piece: number): unknown {
  const reader = newReader();
  try {
    for (let at = 0; at < octets.length; at += piece) {
      const answer = reader.take(octets.subarray(at, at + piece));
      if (answer !== undefined) return { ...answer, body: Buffer.from(answer.body).toString("latin1") };
    }
    return "more";
  } catch (error) {
    if (!(error instanceof HolderError)) throw error;
    return error.code;
  }
}

test("an answer comes in pieces of any size", () => {
  for (let piece = 1; piece <= ANSWER.length; piece++)
    expect(read(Buffer.from(ANSWER), piece)).toEqual({ status: 200, body: "seven!!", isKept: true });
});

test.each<[string, string, unknown]>([
  ["without a body", "HTTP/1.1 503 Busy\r\ncontent-length:0\r\n\r\n", { status: 503, body: "", isKept: true }],
  ["that ends the connection", ANSWER.replace("keep-alive", "Close"), { status: 200, body: "seven!!", isKept: false }],
  ["with too long a body", ANSWER.replace("7", "101"), "ERR_STORAGE_FORM"],
  ["with too long a refusal", "HTTP/1.1 404 x\r\ncontent-length: 11\r\n\r\n", "ERR_STORAGE_FORM"],
  ["with more than its body", `${ANSWER}!`, "ERR_STORAGE_FORM"],
  ["without a length", "HTTP/1.1 200 OK\r\n\r\n", "ERR_STORAGE_FORM"],
  ["with two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", "ERR_STORAGE_FORM"],
  ["with a length below none", ANSWER.replace("7", "-7"), "ERR_STORAGE_FORM"],
  ["in pieces", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "ERR_STORAGE_FORM"],
  ["with a note before it", "HTTP/1.1 100 Continue\r\n\r\n", "ERR_STORAGE_FORM"],
  ["of another protocol", "SSH-2.0-x\r\n\r\n", "ERR_STORAGE_FORM"],
  ["of folded headers", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n x\r\n\r\n", "ERR_STORAGE_FORM"],
  ["with a head without end", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(10_000)}`, "ERR_STORAGE_FORM"],
  ["that does not end", ANSWER.slice(0, -1), "more"],
])("an answer %s", (_, text, told) => {
  expect(read(Buffer.from(text, "latin1"), 1_000_000)).toEqual(told);
});

test("changed octets are an answer, or none, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.nat(ANSWER.length),
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      (at, put, piece) => {
        const told = read(Buffer.from(ANSWER.slice(0, at) + put + ANSWER.slice(at + 1), "latin1"), piece);
        if (typeof told === "string") expect(["more", "ERR_STORAGE_FORM"]).toContain(told);
      },
    ),
  );
});
