/** Answers, and refusals, of HTTP/1.1: docs/protocol/storage.md. Pure. */
import { foreignText } from "@florenetes/operator-text";
import { z } from "zod";
import { BLOB_ERRORS, type BlobErrorCode } from "../errors.ts";
import { HolderError } from "../holder-error.ts";
import { SHARD_SIZE_MAX } from "../limits.ts";
import { isPageOf } from "../list-page.ts";
import type { Answer, HolderRefusal, HolderTalk, Question, TalkName } from "../requests.ts";
import {
  formError,
  heldEntry,
  readJson,
  toldChanges,
  toldDigests,
  toldEntry,
  toldEntryOrNone,
  toldHas,
  toldIsNew,
  toldList,
  toldState,
  writeJson,
} from "./forms.ts";
import { ENTRY_SIZE_MAX, PAGE_SIZE_MAX, REFUSAL_TEXT_MAX, SHORT_ANSWER_SIZE_MAX } from "./limits.ts";

export interface WrittenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The status of each refusal. A holder never says of others what only those who ask can see. */
const STATUSES: Readonly<Record<BlobErrorCode, number>> = {
  ERR_STORAGE_BUSY: 503,
  ERR_STORAGE_COLLECTION: 404,
  ERR_STORAGE_DAMAGED: 410,
  ERR_STORAGE_DISK: 507,
  ERR_STORAGE_ENDED: 403,
  ERR_STORAGE_EPOCH: 409,
  ERR_STORAGE_EXISTS: 409,
  ERR_STORAGE_FORM: 400,
  ERR_STORAGE_HASH: 422,
  ERR_STORAGE_LATE: 408,
  ERR_STORAGE_MAJORITY: 503,
  ERR_STORAGE_MISSING: 404,
  ERR_STORAGE_QUOTA: 507,
  ERR_STORAGE_RETAINED: 403,
  ERR_STORAGE_RIGHT: 403,
  ERR_STORAGE_TURN: 409,
  ERR_STORAGE_UNREACHABLE: 503,
};
/** Seconds after which a holder that has no place may be asked again. */
const RETRY_AFTER_S = 5;

const problem = z.object({
  code: z.enum(Object.keys(BLOB_ERRORS) as [BlobErrorCode, ...BlobErrorCode[]]),
  message: z.string(),
  entry: heldEntry.optional(),
  until: z.int().min(0).optional(),
});

/** Writes an answer. The header `content-length` is left to whoever sends it. */
export function writeAnswer<Name extends TalkName>(op: Name, answer: Answer<Name>): WrittenAnswer {
  if (op !== "get-shard")
    return { status: 200, headers: { "content-type": "application/json" }, body: writeJson(answer) };
  const { octets } = answer as Answer<"get-shard">;
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body: octets };
}

/** Writes a refusal. */
export function writeRefusal({ code, message, entry, until }: HolderRefusal): WrittenAnswer {
  const status = STATUSES[code];
  const retry = code === "ERR_STORAGE_BUSY" ? { "retry-after": String(RETRY_AFTER_S) } : {};
  const body = writeJson({ code, message: foreignText(message, REFUSAL_TEXT_MAX), entry, until });
  return { status, headers: { "content-type": "application/problem+json", ...retry }, body };
}

/** Octets that an answer to a question may have: a refusal may have an entry with it. */
export function answerSizeMax(op: TalkName, status: number): number {
  return status === 200 ? READERS[op].sizeMax : ENTRY_SIZE_MAX;
}

/**
 * Reads the answer to a question. Whoever answers may be hostile: shards are not verified here.
 *
 * @throws HolderError with the code of a refusal; ERR_STORAGE_FORM where it is no answer to this question
 */
export function readAnswer<Name extends TalkName>(
  question: Question<Name>,
  { status, body }: Pick<WrittenAnswer, "status" | "body">,
): Answer<Name> {
  if (body.length > answerSizeMax(question.op, status)) throw formError("the answer is too long");
  if (status !== 200) {
    const { message, ...refusal } = readJson(problem, body);
    throw new HolderError({ ...refusal, message: foreignText(message, REFUSAL_TEXT_MAX) });
  }
  const { read } = READERS[question.op] as AnswerReader<TalkName>;
  return read(body, question);
}

interface AnswerReader<Name extends TalkName> {
  readonly sizeMax: number;
  readonly read: (body: Uint8Array, asked: HolderTalk[Name]["ask"]) => Answer<Name>;
}

const READERS: { readonly [Name in TalkName]: AnswerReader<Name> } = {
  "put-shard": { sizeMax: SHORT_ANSWER_SIZE_MAX, read: (body) => readJson(toldIsNew, body) },
  "get-shard": { sizeMax: SHARD_SIZE_MAX, read: (octets) => ({ octets }) },
  "have-shards": {
    sizeMax: SHORT_ANSWER_SIZE_MAX,
    read: (body, { hashes }) =>
      fitting(
        readJson(toldHas, body),
        ({ has }) => has.length === hashes.length,
        "it has other shards than were asked",
      ),
  },
  challenge: {
    sizeMax: SHORT_ANSWER_SIZE_MAX,
    read: (body, { hashes }) =>
      fitting(
        readJson(toldDigests, body),
        ({ digests }) => digests.length === hashes.length,
        "it has other shards than were asked",
      ),
  },
  "put-entry": {
    sizeMax: ENTRY_SIZE_MAX,
    read: (body, { entry: { name } }) =>
      fitting(readJson(toldEntry, body), ({ entry }) => entry.name === name, "it has another name than was asked"),
  },
  "get-entry": {
    sizeMax: ENTRY_SIZE_MAX,
    read: (body, { name }) =>
      fitting(
        readJson(toldEntryOrNone, body),
        ({ entry }) => entry === null || entry.name === name,
        "it has another name than was asked",
      ),
  },
  "list-entries": {
    sizeMax: PAGE_SIZE_MAX,
    read: (body, asked) =>
      fitting(
        readJson(toldList, body),
        (page) => isPageOf(asked, page),
        "the names are not in order, or not those that were asked",
      ),
  },
  "list-changes": { sizeMax: PAGE_SIZE_MAX, read: (body) => readJson(toldChanges, body) },
  "get-state": { sizeMax: SHORT_ANSWER_SIZE_MAX, read: (body) => readJson(toldState, body) },
};

function fitting<Value>(value: Value, fits: (value: Value) => boolean, message: string): Value {
  if (!fits(value)) throw formError(message);
  return value;
}
