/** The content of mail: a letter that its sender has signed, and the answer to it. Both are filled up with zeros, so that lengths tell little. */
import { isSignedBy, type Signer } from "@florenetes/facts";
import { isName } from "@florenetes/operator-text";
import { Violation } from "../codes.ts";
import { FieldReader } from "../field-reader.ts";
import { number, text, uint32 } from "../field-writer.ts";
import type { Mail } from "../messages.ts";
import { KEY_SIZE, LETTER_SIZE_MAX, PADDING, SIGNATURE_SIZE } from "./limits.ts";

/** A letter that was opened, and whose signature is right. */
export interface Letter {
  /** The name of its subject: a reader knows letters of this kind, or does not. */
  readonly kind: string;
  /** The X25519 key that the answer is sealed for: 64 lower-case hex digits. */
  readonly answerKey: string;
  /** The sender's name and its node's Ed25519 key, as the sender says: the signature is by that key, and nothing says yet that it is the node's. */
  readonly node: string;
  readonly key: string;
  readonly body: Uint8Array;
}

/** The words for what became of a letter. */
export const Outcome = {
  /** The body is the answer. */
  answered: 0,
  /** The reader knows no letters of this kind. */
  unknownKind: 1,
  /** The sender is not whom the reader answers to letters of this kind. */
  unknownSender: 2,
  /** The body is not as its kind has it. */
  malformed: 3,
  /** The reader has too much to do. */
  busy: 4,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export interface Answer {
  readonly outcome: Outcome;
  /** Empty unless the outcome is `answered`. */
  readonly body: Uint8Array;
}

/** The part of mail that nobody on the way may change. */
export type MailContext = Pick<Mail, "id" | "end" | "reader"> & { readonly cluster: string };

const SIGNED_BEGINNING = Buffer.from("FLORENETES MAIL\0\u0001");
const OUTCOME_MAX: number = Math.max(...Object.values(Outcome));

/** Additional data of the seal. In an answer the reader is empty. */
export function associatedOf({ cluster, reader, id, end }: MailContext): Uint8Array {
  return Buffer.concat([text(cluster), text(reader), Buffer.from(id, "hex"), number(end)]);
}

/** The content of a letter's seal. The body has at most 15,360 octets. */
export function writeLetter(letter: Letter, context: MailContext, { sign }: Pick<Signer, "sign">): Uint8Array {
  const fields = fieldsOf(letter);
  return padded([...fields, sign(toBeSigned(context, fields))]);
}

/** Reads what was in a seal; undefined: it is no letter, or not signed by the key that it names. */
export function readLetter(content: Uint8Array, context: MailContext): Letter | undefined {
  return orUndefined(() => {
    const fields = new FieldReader("a letter", content);
    const kind = nameIn(fields);
    const answerKey = fields.hex(KEY_SIZE);
    const node = nameIn(fields);
    const letter = { kind, answerKey, node, key: fields.hex(KEY_SIZE), body: bodyIn(fields) };
    const signature = fields.octets(SIGNATURE_SIZE);
    checkPadding(fields);
    return isSignedBy(letter.key, toBeSigned(context, fieldsOf(letter)), signature) ? letter : undefined;
  });
}

/** The content of an answer's seal. The body has at most 15,360 octets. */
export function writeAnswer({ outcome, body }: Answer): Uint8Array {
  return padded([Buffer.of(outcome), uint32(body.length), body]);
}

/** Reads what was in a seal; undefined: it is no answer. */
export function readAnswer(content: Uint8Array): Answer | undefined {
  return orUndefined(() => {
    const fields = new FieldReader("an answer", content);
    const outcome = fields.uint8();
    if (outcome > OUTCOME_MAX) throw fields.malformed("has an outcome of a later version");
    const body = bodyIn(fields);
    checkPadding(fields);
    return { outcome: outcome as Outcome, body };
  });
}

function fieldsOf({ kind, answerKey, node, key, body }: Letter): Uint8Array[] {
  const keys = [Buffer.from(answerKey, "hex"), text(node), Buffer.from(key, "hex")];
  return [text(kind), ...keys, uint32(body.length), body];
}

/** The reader is signed, too: it cannot show the letter to another one as its own. */
function toBeSigned(context: MailContext, fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([SIGNED_BEGINNING, associatedOf(context), ...fields]);
}

function padded(fields: readonly Uint8Array[]): Uint8Array {
  const size = fields.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat(fields, Math.ceil(size / PADDING) * PADDING);
}

function checkPadding(fields: FieldReader): void {
  if (fields.rest().some((octet) => octet !== 0)) throw fields.malformed("has octets behind its last field");
}

function nameIn(fields: FieldReader): string {
  const name = fields.text();
  if (!isName(name)) throw fields.malformed("has a name that is none");
  return name;
}

function bodyIn(fields: FieldReader): Uint8Array {
  const size = fields.uint32();
  if (size > LETTER_SIZE_MAX) throw fields.malformed("has too long a body");
  return fields.octets(size);
}

function orUndefined<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return undefined;
  }
}
