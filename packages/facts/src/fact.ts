/** A record whose form is right. Whether it holds is for `judge.ts` to say. */
import { z } from "zod";
import { type JsonObject, readCanonical, writeCanonical } from "./canonical.ts";
import { type Envelope, readEnvelope, recordIdOf, type Signature, toBeSigned, writeEnvelope } from "./envelope.ts";
import { formatTime, integerField, isScope, nameField, timeField } from "./fields.ts";
import { type Bodies, type Kind, kindRuleOf } from "./kinds.ts";
import { SUBJECT_LENGTH_MAX } from "./limits.ts";

/** Members of a payload, with times as milliseconds since 1970. */
export interface FactMembers {
  readonly cluster: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  /** For people, who count changes so. */
  readonly generation: number;
  readonly issued: number;
  readonly expires: number;
  readonly authority: string;
  /** The node that signs; undefined where a quorum does. */
  readonly issuer?: string | undefined;
  /** The record takes back what its slot said; its body is empty. */
  readonly void?: true | undefined;
  readonly body: JsonObject;
}

export interface Fact extends FactMembers {
  /** SHA-256 of what is signed, in lower-case hex. */
  readonly id: string;
  readonly envelope: Envelope;
  /** False: the kind is of a later version. The record is carried, and not used. */
  readonly isKnown: boolean;
}

/** Reasons for which octets are no fact of a cluster, in the order in which they are looked for. */
export type FormFault = "too-large" | "envelope" | "not-canonical" | "cluster" | "unknown-schema" | "body";

export interface Signer {
  /** SHA-256 of the signer's raw public key, in lower-case hex. */
  readonly keyId: string;
  /** Makes the Ed25519 signature on these octets: 64 octets. */
  readonly sign: (octets: Uint8Array) => Uint8Array;
}

const SCHEMA = 1;
const SUBJECT = /^[a-z0-9._/-]+$/;

const members = z
  .strictObject({
    schema: z.literal(SCHEMA),
    cluster: nameField,
    kind: nameField,
    scope: z.string().refine(isScope),
    subject: z.string().max(SUBJECT_LENGTH_MAX).regex(SUBJECT),
    epoch: integerField.min(1),
    generation: integerField,
    issued: timeField,
    expires: timeField,
    authority: nameField,
    issuer: nameField.optional(),
    void: z.literal(true).optional(),
    body: z.record(z.string(), z.unknown()),
  })
  .refine(({ issued, expires }) => issued < expires);
const emptyBody = z.strictObject({});

/** Reads the octets of a record of a cluster: its form alone. */
export function readFact(octets: Uint8Array, cluster: string): Fact | FormFault {
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string") return envelope;
  const payload = readCanonical(envelope.payload);
  if (payload === undefined) return "not-canonical";
  if (payload["cluster"] !== cluster) return "cluster";
  if (payload["schema"] !== SCHEMA) return "unknown-schema";
  const read = members.safeParse(payload);
  if (!read.success) return "body";
  // The body of `payload`, as a schema's copy may lack a member with a name like `__proto__`.
  const { schema: _schema, ...rest } = { ...read.data, body: payload["body"] as JsonObject };
  const rule = kindRuleOf(rest.kind);
  if (rest.void === true && rule?.canBeVoid === false) return "body";
  const body = rest.void === true ? emptyBody : rule?.body;
  if (body?.safeParse(rest.body).success === false) return "body";
  return { ...rest, id: recordIdOf(envelope.payload), envelope, isKnown: rule !== undefined };
}

/** The canonical payload of a record. Throws a RangeError for what is no canonical object. */
export function writePayload({ issued, expires, ...rest }: FactMembers): Buffer<ArrayBuffer> {
  return writeCanonical({ ...rest, schema: SCHEMA, issued: formatTime(issued), expires: formatTime(expires) });
}

/** The octets of a record with this payload, signed by all signers. Throws a RangeError where `writeEnvelope` does. */
export function signPayload(payload: Uint8Array, signers: readonly Signer[]): Buffer<ArrayBuffer> {
  const octets = toBeSigned(payload);
  const signatures: Signature[] = signers.map(({ keyId, sign }) => ({ keyId, octets: sign(octets) }));
  return writeEnvelope({ payload, signatures });
}

/** The body of a fact of this kind; undefined when the fact is of another kind, or void. */
export function bodyOf<K extends Kind>(fact: Fact, kind: K): Bodies[K] | undefined {
  if (fact.kind !== kind || fact.void === true) return undefined;
  // `readFact` has held the body against the schema of its kind.
  return fact.body as unknown as Bodies[K];
}
