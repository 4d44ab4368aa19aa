/**
 * The mesh packet header.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+---------------+---------------+
 *     |version| flags |   hop limit   | label count n |    cursor     |
 *     +-------+-------+---------------+---------------+---------------+
 *     |                         ConnectionId                          |
 *     |                           (64 bits)                           |
 *     +---------------------------------------+-----------------------+
 *     |                label 0                |         share         |
 *     +---------------------------------------+-----------------------+
 *     :                     ... n words in all ...                    :
 *     +---------------------------------------------------------------+
 *     |  payload ...
 *
 * Words before the cursor lead back, words at and after it lead on; a vertex overwrites the word that it reads, so that
 * the header keeps its size on the whole way. docs/protocol/mesh-packet.md tells the whole of it.
 *
 * All functions take the buffer and the offset `at` of the packet in it. The accessors do not check: ask `checkHeader`
 * once, where the packet comes in.
 */
import assert from "node:assert";
import { readUint32, writeUint32 } from "@florenetes/wire-values";
import { FIXED_SIZE, HOP_LIMIT_DEFAULT, LABEL_COUNT_MAX, LABEL_MAX, SHARE_MAX, VERSION, WORD_SIZE } from "./limits.ts";
import { DropCause } from "./verdict.ts";

const VERSION_AND_FLAGS = 0;
const HOP_LIMIT = 1;
const LABEL_COUNT = 2;
const CURSOR = 3;
const CONNECTION_HIGH = 4;
const CONNECTION_LOW = 8;
const LABELS = FIXED_SIZE;

/** The lowest flag of the first byte; `traffic-class.ts` has the other three. */
const SIZE_MARK = 0x01;

/** Reserved label: deliver by ConnectionId. */
export const LABEL_CONNECTION = 1;
/** Reserved label: operations. */
export const LABEL_OPERATIONS = 2;
/** Reserved label: deliver to the service of the vertex's control agent, where it has one. */
export const LABEL_AGENT = 3;

/** Bytes of a header with so many labels. */
export function headerSize(labelCount: number): number {
  return FIXED_SIZE + WORD_SIZE * labelCount;
}

/** The words of labels that are written for the first time. @param share Whose packets they are on: 1 to 4,095; 0: nobody's. */
export function wordsOf(labels: readonly number[], share: number = 0): Uint32Array {
  assert(Number.isInteger(share) && share >= 0 && share <= SHARE_MAX, `${share} is not a share`);
  return Uint32Array.from(labels, (label) => {
    assert(Number.isInteger(label) && label >= 0 && label <= LABEL_MAX, `${label} is not a label`);
    return (label << 12) | share;
  });
}

/**
 * Writes the header of a packet that starts its way, with the cursor at 0, and returns the offset of its payload.
 *
 * @param words 1 to 16, from `wordsOf` or `returnWords`.
 */
export function writeHeader(
  packet: Uint8Array,
  at: number,
  connectionHigh: number,
  connectionLow: number,
  words: Uint32Array,
  hopLimit: number = HOP_LIMIT_DEFAULT,
): number {
  assert(words.length >= 1 && words.length <= LABEL_COUNT_MAX, "a header has 1 to 16 labels");
  assert(at + headerSize(words.length) <= packet.length, "the header must fit into the buffer");
  packet[at + VERSION_AND_FLAGS] = VERSION << 4;
  packet[at + HOP_LIMIT] = hopLimit;
  packet[at + LABEL_COUNT] = words.length;
  packet[at + CURSOR] = 0;
  writeUint32(packet, at + CONNECTION_HIGH, connectionHigh);
  writeUint32(packet, at + CONNECTION_LOW, connectionLow);
  for (let i = 0; i < words.length; i++) writeUint32(packet, at + LABELS + WORD_SIZE * i, words[i]!);
  return at + headerSize(words.length);
}

/**
 * Whether `packet[start, end)` has a header on which no accessor reads past its end. `DropCause.none` if so, else what is
 * wrong.
 */
export function checkHeader(packet: Uint8Array, start: number, end: number): DropCause {
  const size = end - start;
  if (size < FIXED_SIZE) return DropCause.tooShort;
  if (packet[start + VERSION_AND_FLAGS]! >> 4 !== VERSION) return DropCause.unknownVersion;
  const count = packet[start + LABEL_COUNT]!;
  if (count === 0 || count > LABEL_COUNT_MAX) return DropCause.badLabelCount;
  if (size < FIXED_SIZE + WORD_SIZE * count) return DropCause.tooShort;
  if (packet[start + CURSOR]! >= count) return DropCause.badCursor;
  return DropCause.none;
}

/** Whether `packet[start, end)` has all that a header begins with, of our version: what may be read of a packet that nobody has checked. */
export function isMeshPacket(packet: Uint8Array, start: number, end: number): boolean {
  return end - start >= FIXED_SIZE && packet[start + VERSION_AND_FLAGS]! >> 4 === VERSION;
}

/** Whether the packet met a link that prefers smaller ones, or tells of one that did. */
export function isMarked(packet: Uint8Array, at: number): boolean {
  return (packet[at + VERSION_AND_FLAGS]! & SIZE_MARK) !== 0;
}

/** Says that the packet is larger than the next link prefers. Nothing on the way takes it back. */
export function setMark(packet: Uint8Array, at: number): void {
  packet[at + VERSION_AND_FLAGS]! |= SIZE_MARK;
}

export function hopLimitOf(packet: Uint8Array, at: number): number {
  return packet[at + HOP_LIMIT]!;
}

/** Takes one from the hop limit, of which no more than the most that an origin writes is believed. False: it would be 0, and stays. */
export function lowerHopLimit(packet: Uint8Array, at: number): boolean {
  const hopLimit = Math.min(hopLimitOf(packet, at), HOP_LIMIT_DEFAULT);
  if (hopLimit <= 1) return false;
  packet[at + HOP_LIMIT] = hopLimit - 1;
  return true;
}

export function labelCountOf(packet: Uint8Array, at: number): number {
  return packet[at + LABEL_COUNT]!;
}

export function cursorOf(packet: Uint8Array, at: number): number {
  return packet[at + CURSOR]!;
}

export function setCursor(packet: Uint8Array, at: number, cursor: number): void {
  packet[at + CURSOR] = cursor;
}

/** The upper 32 bits of the ConnectionId. */
export function connectionHighOf(packet: Uint8Array, at: number): number {
  return readUint32(packet, at + CONNECTION_HIGH);
}

/** The lower 32 bits of the ConnectionId. */
export function connectionLowOf(packet: Uint8Array, at: number): number {
  return readUint32(packet, at + CONNECTION_LOW);
}

export function labelOf(packet: Uint8Array, at: number, index: number): number {
  return wordOf(packet, at, index) >>> 12;
}

/** Puts a label into a word, whose share stays. */
export function setLabel(packet: Uint8Array, at: number, index: number, label: number): void {
  setWord(packet, at, index, label, shareOf(packet, at, index));
}

/** The share in a word. */
export function shareOf(packet: Uint8Array, at: number, index: number): number {
  return wordOf(packet, at, index) & SHARE_MAX;
}

export function setWord(packet: Uint8Array, at: number, index: number, label: number, share: number): void {
  writeUint32(packet, at + LABELS + WORD_SIZE * index, (label << 12) | share);
}

export function wordOf(packet: Uint8Array, at: number, index: number): number {
  return readUint32(packet, at + LABELS + WORD_SIZE * index);
}

/** Offset at which the payload starts. */
export function payloadOf(packet: Uint8Array, at: number): number {
  return at + FIXED_SIZE + WORD_SIZE * packet[at + LABEL_COUNT]!;
}

/**
 * The words of an answer to a packet that was delivered here: what it left before its cursor, reversed and whole, then
 * label 1. The answer goes out on the link that the packet came from.
 */
export function returnWords(packet: Uint8Array, at: number): Uint32Array {
  const cursor = cursorOf(packet, at);
  const words = new Uint32Array(cursor + 1);
  for (let i = 0; i < cursor; i++) words[i] = wordOf(packet, at, cursor - 1 - i);
  words[cursor] = LABEL_CONNECTION << 12;
  return words;
}

/** Whether `returnWords` would give the same words, without making them. */
export function hasReturnWords(packet: Uint8Array, at: number, words: Uint32Array): boolean {
  return hasReturnBits(packet, at, words, 0);
}

/** Whether `returnWords` would give words with the same labels, whatever their shares. */
export function hasReturnLabels(packet: Uint8Array, at: number, words: Uint32Array): boolean {
  return hasReturnBits(packet, at, words, SHARE_MAX);
}

/** @param ignored Bits of each word that do not matter. */
function hasReturnBits(packet: Uint8Array, at: number, words: Uint32Array, ignored: number): boolean {
  const cursor = cursorOf(packet, at);
  if (words.length !== cursor + 1) return false;
  for (let i = 0; i < cursor; i++) {
    if (((words[i]! ^ wordOf(packet, at, cursor - 1 - i)) & ~ignored) !== 0) return false;
  }
  return true;
}
