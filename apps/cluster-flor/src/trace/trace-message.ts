/**
 * Questions of traces and their answers, as payloads of mesh packets: docs/protocol/trace.md. Neither is a packet of QUIC's, whose first byte is
 * above.
 *
 *     question   magic (4)   number (4)   part (1)   labels (1)   16 × label (3)   next label (3)   zeros (3)   key (32)   zeros …
 *     answer     magic (4)   number (4)   key (32)   sealed …
 */
import { readUint32, writeUint32 } from "@florenetes/wire-values";
import { LABEL_COUNT_MAX, QUESTION_MAGIC } from "@florenetes/forwarding";

/** The payload of an answer begins so. */
const ANSWER_MAGIC: readonly number[] = [0x04, 0x54, 0x52, 0x51];

export interface Question {
  /** Any number; the answer has the same one. */
  readonly number: number;
  /** 0: where am I? Above: for that part of the proof of such an answer. */
  readonly part: number;
  /** The labels of the header, as they were sent. */
  readonly labels: readonly number[];
  /** The label that would come in the place of the last one; 0: none. */
  readonly next: number;
  /** The asker's X25519 key, for this question alone. */
  readonly key: Uint8Array;
}

export interface Answer {
  readonly number: number;
  readonly key: Uint8Array;
  readonly sealed: Uint8Array;
}

const NUMBER = 4;
const PART = 8;
const COUNT = 9;
const LABELS = 10;
const LABEL_SIZE = 3;
const NEXT: number = LABELS + LABEL_SIZE * LABEL_COUNT_MAX;
const KEY: number = NEXT + 2 * LABEL_SIZE;
const KEY_SIZE = 32;
/** Bytes of a question's payload at the least. */
export const QUESTION_SIZE: number = KEY + KEY_SIZE;
const ANSWER_KEY = 8;
/** Bytes of an answer's payload before what is sealed. */
export const ANSWER_HEAD_SIZE: number = ANSWER_KEY + KEY_SIZE;

/** Fills a payload of at least `QUESTION_SIZE` bytes. */
export function encodeQuestion(payload: Uint8Array, { number, part, labels, next, key }: Question): void {
  payload.fill(0);
  payload.set(QUESTION_MAGIC);
  writeUint32(payload, NUMBER, number);
  payload[PART] = part;
  payload[COUNT] = labels.length;
  for (const [index, label] of labels.entries()) writeLabel(payload, LABELS + LABEL_SIZE * index, label);
  writeLabel(payload, NEXT, next);
  payload.set(key, KEY);
}

/** Undefined: it is none. */
export function decodeQuestion(payload: Uint8Array): Question | undefined {
  if (payload.length < QUESTION_SIZE || !hasMagic(payload, QUESTION_MAGIC)) return undefined;
  const count = payload[COUNT]!;
  if (count === 0 || count > LABEL_COUNT_MAX) return undefined;
  return {
    number: readUint32(payload, NUMBER),
    part: payload[PART]!,
    labels: Array.from({ length: count }, (_, index) => readLabel(payload, LABELS + LABEL_SIZE * index)),
    next: readLabel(payload, NEXT),
    key: payload.slice(KEY, QUESTION_SIZE),
  };
}

/** The beginning of an answer, which its sealing binds. */
export function answerHead(number: number, key: Uint8Array): Uint8Array {
  const head = new Uint8Array(ANSWER_HEAD_SIZE);
  head.set(ANSWER_MAGIC);
  writeUint32(head, NUMBER, number);
  head.set(key, ANSWER_KEY);
  return head;
}

export function isAnswer(payload: Uint8Array): boolean {
  return hasMagic(payload, ANSWER_MAGIC);
}

/** Undefined: it is none. */
export function decodeAnswer(payload: Uint8Array): Answer | undefined {
  if (payload.length < ANSWER_HEAD_SIZE || !isAnswer(payload)) return undefined;
  const key = payload.slice(ANSWER_KEY, ANSWER_HEAD_SIZE);
  return { number: readUint32(payload, NUMBER), key, sealed: payload.slice(ANSWER_HEAD_SIZE) };
}

function hasMagic(payload: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => payload[index] === byte);
}

function writeLabel(payload: Uint8Array, at: number, label: number): void {
  payload[at] = label >>> 16;
  payload[at + 1] = (label >>> 8) & 0xff;
  payload[at + 2] = label & 0xff;
}

function readLabel(payload: Uint8Array, at: number): number {
  return (payload[at]! << 16) | (payload[at + 1]! << 8) | payload[at + 2]!;
}
