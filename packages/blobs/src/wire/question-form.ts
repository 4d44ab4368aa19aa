/** Questions as requests of HTTP/1.1: docs/protocol/storage.md. Pure. */
import { isName } from "@florenetes/operator-text";
import { isObjectName } from "../entry.ts";
import { isHash } from "../hash.ts";
import { SHARD_SIZE_MAX } from "../limits.ts";
import type { Question, TalkName } from "../requests.ts";
import type { CollectionId } from "../terms.ts";
import { askedChallenge, askedEntry, askedHashes, formError, readJson, writeJson } from "./forms.ts";
import { ASKED_SIZE_MAX, ENTRY_SIZE_MAX, TARGET_SIZE_MAX } from "./limits.ts";

/** The header that has the recovery epoch of whoever asks. */
export const RECOVERY_EPOCH_HEADER = "florenetes-recovery-epoch";

export interface WrittenQuestion {
  readonly method: "GET" | "POST" | "PUT";
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: the request has none. */
  readonly body: Uint8Array | undefined;
}

/** The head of a request. */
export interface QuestionHead {
  readonly op: TalkName;
  readonly collection: CollectionId;
  readonly recoveryEpoch: number;
  /** Octets that the body may have; 0: there may be none. */
  readonly bodyMax: number;
  /** The question, with the octets of the body. @throws HolderError ERR_STORAGE_FORM */
  readonly read: (body: Uint8Array) => Question;
}

/** Writes a question. The header `content-length` is left to whoever sends it. */
export function writeQuestion(question: Question): WrittenQuestion {
  const { collection, recoveryEpoch } = question;
  const base = `/v1/${collection.scope}/${collection.name}`;
  const headers = { [RECOVERY_EPOCH_HEADER]: String(recoveryEpoch) };
  const get = (rest: string): WrittenQuestion => ({ method: "GET", target: base + rest, headers, body: undefined });
  const put = (method: "POST" | "PUT", rest: string, body: Uint8Array, type = JSON_TYPE): WrittenQuestion => ({
    method,
    target: base + rest,
    headers: { ...headers, "content-type": type },
    body,
  });
  switch (question.op) {
    case "put-shard":
      return put("PUT", `/shards/${question.hash}`, question.octets, "application/octet-stream");
    case "get-shard":
      return get(`/shards/${question.hash}`);
    case "have-shards":
      return put("POST", "/shards/have", writeJson({ hashes: question.hashes }));
    case "challenge":
      return put("POST", "/shards/challenge", writeJson({ nonce: question.nonce, hashes: question.hashes }));
    case "put-entry":
      return put("PUT", `/entries/${question.entry.name}`, writeJson(question.entry));
    case "get-entry":
      return get(`/entries/${question.name}`);
    case "list-entries":
      return get(`/entries?prefix=${question.prefix}&after=${question.after}`);
    case "list-changes":
      return get(`/changes?book=${question.book}&since=${question.since}`);
    default:
      return get("/state");
  }
}

const JSON_TYPE = "application/json";
const TARGET = /^\/v1\/(?<scope>cluster|org\/[^/]+)\/(?<name>[^/]+)\/(?<rest>(?:shards|entries|changes|state)\b.*)$/;
const LIST = /^GET entries\?prefix=([a-z0-9._/-]{0,255})&after=([a-z0-9._/-]{0,255})$/;
const CHANGES = /^GET changes\?book=([0-9a-z]{0,64})&since=(0|[1-9]\d{0,14})$/;
const EPOCH = /^(?:0|[1-9]\d{0,14})$/;

type Asked = Pick<Question, "collection" | "recoveryEpoch">;

/**
 * Reads the head of a request. Targets have no escapes: whoever writes them means nothing of ours.
 *
 * @param epoch the header `florenetes-recovery-epoch`
 * @throws HolderError ERR_STORAGE_FORM
 */
export function readQuestionHead(method: string, target: string, epoch: unknown): QuestionHead {
  const { scope = "", name = "", rest = "" } = TARGET.exec(target.slice(0, TARGET_SIZE_MAX))?.groups ?? {};
  const collection: CollectionId = { scope, name };
  const isCollection = (scope === "cluster" || isName(scope.slice("org/".length))) && isName(name);
  if (target.length > TARGET_SIZE_MAX || !isCollection) throw formError("the path is none of storage");
  if (typeof epoch !== "string" || !EPOCH.test(epoch))
    throw formError(`the header ${RECOVERY_EPOCH_HEADER} is no number`);
  const asked: Asked = { collection, recoveryEpoch: Number(epoch) };
  const head = headOf(`${method} ${rest}`, asked);
  if (head === undefined) throw formError("the path and the method are none of storage");
  return head;
}

function headOf(line: string, asked: Asked): QuestionHead | undefined {
  switch (line) {
    case "POST shards/have":
      return {
        op: "have-shards",
        ...asked,
        bodyMax: ASKED_SIZE_MAX,
        read: (body) => ({ op: "have-shards", ...asked, ...readJson(askedHashes, body) }),
      };
    case "POST shards/challenge":
      return {
        op: "challenge",
        ...asked,
        bodyMax: ASKED_SIZE_MAX,
        read: (body) => ({ op: "challenge", ...asked, ...readJson(askedChallenge, body) }),
      };
    case "GET state":
      return without({ op: "get-state", ...asked });
    default:
      return headOfNamed(line, asked) ?? headOfPage(line, asked);
  }
}

function headOfNamed(line: string, asked: Asked): QuestionHead | undefined {
  const [, method, kind, named = ""] = /^(GET|PUT) (shards|entries)\/(.*)$/.exec(line) ?? [];
  if (kind === "shards" && isHash(named)) {
    if (method === "GET") return without({ op: "get-shard", ...asked, hash: named });
    return {
      op: "put-shard",
      ...asked,
      bodyMax: SHARD_SIZE_MAX,
      read: (octets) => readShard(asked, named, octets),
    };
  }
  if (kind === "entries" && isObjectName(named)) {
    if (method === "GET") return without({ op: "get-entry", ...asked, name: named });
    return {
      op: "put-entry",
      ...asked,
      bodyMax: ENTRY_SIZE_MAX,
      read: (body) => readEntry(asked, named, body),
    };
  }
  return undefined;
}

function headOfPage(line: string, asked: Asked): QuestionHead | undefined {
  const [, prefix, after] = LIST.exec(line) ?? [];
  if (prefix !== undefined && after !== undefined) return without({ op: "list-entries", ...asked, prefix, after });
  const [, book, since] = CHANGES.exec(line) ?? [];
  if (book === undefined) return undefined;
  return without({ op: "list-changes", ...asked, book, since: Number(since) });
}

function without(question: Question): QuestionHead {
  const { op, collection, recoveryEpoch } = question;
  return { op, collection, recoveryEpoch, bodyMax: 0, read: () => question };
}

function readShard(asked: Asked, hash: string, octets: Uint8Array): Question {
  if (octets.length === 0) throw formError("a shard has one octet at least");
  return { op: "put-shard", ...asked, hash, octets };
}

function readEntry(asked: Asked, name: string, body: Uint8Array): Question {
  const entry = readJson(askedEntry, body);
  if (entry.name !== name) throw formError("the entry has another name than the path");
  return { op: "put-entry", ...asked, entry };
}
