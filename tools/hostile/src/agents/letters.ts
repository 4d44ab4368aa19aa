/** Letters as docs/protocol/fabric-feed.md has them, made by hand: a sender may lie in each field. */
import { randomBytes } from "node:crypto";
import type { SigningKey } from "@florenetes/facts/authoring";
import type { Beacon, Mail } from "@florenetes/feed";
import { makeExchangeKey, sealFor } from "@florenetes/identity";

export interface WrittenLetter {
  readonly cluster: string;
  readonly kind: string;
  /** The node that the letter says it is of. */
  readonly sender: string;
  /** The key that signs it. */
  readonly key: SigningKey;
  readonly body: Uint8Array;
}

const MAIL_MS = 60_000;
const STEP_MS = 10_000;
const PADDING = 512;
const TOKENS_SIZE = 256;

/** Mail for a reader whose beacon was heard. */
export function writeLetterFor(
  { node: reader, key: readersKey }: Pick<Beacon, "node" | "key">,
  letter: WrittenLetter,
): Mail {
  const { cluster, kind, sender, key, body } = letter;
  const id = randomBytes(16);
  const end = Math.floor((Date.now() + MAIL_MS) / STEP_MS) * STEP_MS;
  const ends = Buffer.alloc(8);
  ends.writeBigUInt64BE(BigInt(end));
  const associated = Buffer.concat([text(cluster), text(reader), id, ends]);
  const answerKey = makeExchangeKey(randomBytes(32)).publicKey;
  const fields = Buffer.concat([
    text(kind),
    answerKey,
    text(sender),
    Buffer.from(key.key, "hex"),
    uint32(body.length),
    body,
  ]);
  const signature = key.sign(Buffer.concat([Buffer.from("FLORENETES MAIL\0\u0001"), associated, fields]));
  const size = fields.length + signature.length;
  const content = Buffer.concat([fields, signature], Math.ceil(size / PADDING) * PADDING);
  const sealer = makeExchangeKey(randomBytes(32));
  const sealed = sealFor(Buffer.from(readersKey, "hex"), sealer, { info: "florenetes mail 1", associated }, content)!;
  const own = Buffer.from(sealer.publicKey).toString("hex");
  return { kind: "mail", id: id.toString("hex"), end, reader, key: own, tokens: randomBytes(TOKENS_SIZE), sealed };
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}
