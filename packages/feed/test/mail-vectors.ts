/** Beacons, letters and answers as they are published, made by keys that are nobody's. */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { signBeacon } from "../src/mail/beacon.ts";
import { associatedOf, type MailContext, Outcome, writeAnswer, writeLetter } from "../src/mail/letter.ts";
import { TOKENS_SIZE } from "../src/mail/limits.ts";
import { writePapers, writePapersAnswer } from "../src/mail/papers.ts";
import {
  type RoutesAnswer,
  type RoutesLetter,
  writeRoutesAnswer,
  writeRoutesLetter,
} from "../src/mail/routes-letter.ts";
import { makeExchangeKey, type Purpose, seal } from "../src/mail/sealing.ts";
import { writeMessage } from "../src/message-writer.ts";
import type { Beacon, Mail } from "../src/messages.ts";
import { idOf, record } from "./records.ts";

export const mailFile: URL = new URL("../vectors/mail.json", import.meta.url);

/** PKCS #8 around an Ed25519 seed (RFC 8410, 7). */
const PKCS8_BEGINNING = Buffer.from("302e020100300506032b657004220420", "hex");
const TIME = 1_800_000_000_000;

interface SeededKey {
  readonly seed: string;
  readonly key: string;
  readonly keyId: string;
  readonly sign: (octets: Uint8Array) => Uint8Array;
}

/** The node's key whose seed is this octet, 32 times. */
function seededKey(octet: number): SeededKey {
  const seed = Buffer.alloc(32, octet);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_BEGINNING, seed]), format: "der", type: "pkcs8" });
  const key = Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).x!, "base64url").toString("hex");
  return { seed: seed.toString("hex"), key, keyId: "", sign: (octets) => sign(null, octets, privateKey) };
}

const readerKey = seededKey(0x11);
const senderKey = seededKey(0x22);
const secrets = { reader: secret(0x33), letter: secret(0x44), answer: secret(0x55), once: secret(0x66) };
const keys = {
  reader: makeExchangeKey(secrets.reader),
  letter: makeExchangeKey(secrets.letter),
  answer: makeExchangeKey(secrets.answer),
  once: makeExchangeKey(secrets.once),
};
const context: MailContext = { cluster: "demo", reader: "b", id: "ab".repeat(16), end: TIME + 60_000 };
const body = writePapers({ shown: [record("one")], held: [idOf(record("two")).slice(0, 16)] });
const answerBody = writePapersAnswer({ judged: ["taken"], records: [record("three")], hasMore: false });
const letterContent = writeLetter(
  { kind: "papers", answerKey: keys.once.publicKey, node: "a", key: senderKey.key, body },
  context,
  senderKey,
);
const answerContent = writeAnswer({ outcome: Outcome.answered, body: answerBody });

export const publishedRoutesLetter: RoutesLetter = {
  wait: 45,
  records: [record("one")],
  acknowledged: [
    { id: "ab".repeat(32), outcome: "taken", left: [[16, 17]] },
    { id: "cd".repeat(32), outcome: "first-link", left: [] },
  ],
};
export const publishedRoutesAnswer: RoutesAnswer = {
  records: [record("two"), record("three")],
  hasMore: true,
  asks: [{ kind: "call", node: "c" }],
};

export const publishedBeacon: Beacon = signBeacon(
  "demo",
  { node: "b", offers: 1, time: TIME, end: TIME + 86_400_000, key: keys.reader.publicKey },
  readerKey,
);
export const publishedLetter: Mail = mail(context.reader, keys.letter.publicKey, "florenetes mail 1", letterContent);
export const publishedAnswer: Mail = mail("", keys.answer.publicKey, "florenetes mail answer 1", answerContent);

/** The text of the file. */
export function mailText(): string {
  const whole = {
    cluster: "demo",
    nodes: {
      a: { seed: senderKey.seed, key: senderKey.key },
      b: { seed: readerKey.seed, key: readerKey.key },
    },
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, octets]) => [name, hexOf(octets)])),
    beacon: { message: publishedBeacon, octets: hexOf(writeMessage(publishedBeacon)) },
    letter: {
      ...associatedVector(context),
      content: hexOf(letterContent),
      kind: "papers",
      body: hexOf(body),
      octets: hexOf(writeMessage(publishedLetter)),
    },
    answer: {
      ...associatedVector({ ...context, reader: "" }),
      content: hexOf(answerContent),
      outcome: Outcome.answered,
      body: hexOf(answerBody),
      octets: hexOf(writeMessage(publishedAnswer)),
    },
    routes: {
      letter: hexOf(writeRoutesLetter(publishedRoutesLetter)),
      answer: hexOf(writeRoutesAnswer(publishedRoutesAnswer)),
    },
  };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
}

function mail(reader: string, key: string, purpose: Purpose, content: Uint8Array): Mail {
  const isAnswer = reader === "";
  const [own, to] = isAnswer ? [keys.answer, keys.once] : [keys.letter, keys.reader];
  const sealed = seal(purpose, to.publicKey, own, associatedOf({ ...context, reader }), content)!;
  const { id, end } = context;
  return { kind: "mail", id, end, reader, key, tokens: Buffer.alloc(TOKENS_SIZE, 0x77), sealed };
}

function associatedVector(of: MailContext): object {
  return { id: of.id, end: of.end, reader: of.reader, associated: hexOf(associatedOf(of)) };
}

function secret(octet: number): Uint8Array {
  return Buffer.alloc(32, octet);
}

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
