/**
 * The payload of a DATAGRAM frame between the two ends of a connection: a datagram of a flow, or a piece of one.
 *
 *      flow      QUIC varint (RFC 9000, 16): the id of the flow's stream, divided by 4
 *      form      1 byte: 0, whole; 1, a piece
 *      number    2 bytes, of a piece alone: which datagram of the flow it is of, in this direction; 65,535 is followed by 0
 *      index     1 byte, of a piece alone: its place, from 0 on
 *      last      1 byte, of a piece alone: the index of the last one, 1 at least
 *      bytes     those of the datagram, which may have none; or those of the piece, one at least
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from "@florenetes/wire-values";

const WHOLE = 0;
const PIECE = 1;
const FORM_SIZE = 1;
const PIECE_HEAD_SIZE = 4;

/** The most bytes of a payload before those of the datagram. */
export const FLOW_HEAD_SIZE_MAX: number = 8 + FORM_SIZE + PIECE_HEAD_SIZE;

/** The place of a piece in its datagram. */
export interface PiecePlace {
  readonly number: number;
  readonly index: number;
  readonly last: number;
}

/** A payload that was read. `bytes` is a view of a part of it. */
export interface FlowDatagram {
  readonly flow: number;
  /** Undefined when the datagram is whole. */
  readonly piece: PiecePlace | undefined;
  readonly bytes: Uint8Array;
}

/** Undefined when the payload is no datagram: too short, of another form, or an impossible piece. */
export function readFlowDatagram(payload: Uint8Array): FlowDatagram | undefined {
  if (payload.length === 0) return undefined;
  const formAt = 1 << (payload[0]! >> 6);
  if (payload.length < formAt + FORM_SIZE) return undefined;
  const flow = readVarint(payload, formAt);
  const bodyAt = formAt + FORM_SIZE;
  if (payload[formAt] === WHOLE) return { flow, piece: undefined, bytes: payload.subarray(bodyAt) };
  const bytesAt = bodyAt + PIECE_HEAD_SIZE;
  if (payload[formAt] !== PIECE || payload.length <= bytesAt) return undefined;
  const piece = { number: readUint16(payload, bodyAt), index: payload[bodyAt + 2]!, last: payload[bodyAt + 3]! };
  return piece.last === 0 || piece.index > piece.last ? undefined : { flow, piece, bytes: payload.subarray(bytesAt) };
}

/** The number of bytes before those of a datagram, or of a piece. */
export function flowHeadSize(flow: number, isPiece: boolean): number {
  return varintSize(flow) + FORM_SIZE + (isPiece ? PIECE_HEAD_SIZE : 0);
}

/** Writes the head of a payload; returns its length. */
export function writeFlowHead(out: Uint8Array, flow: number, piece: PiecePlace | undefined): number {
  const formAt = writeVarint(out, flow);
  out[formAt] = piece === undefined ? WHOLE : PIECE;
  const bodyAt = formAt + FORM_SIZE;
  if (piece === undefined) return bodyAt;
  writeUint16(out, bodyAt, piece.number);
  out[bodyAt + 2] = piece.index;
  out[bodyAt + 3] = piece.last;
  return bodyAt + PIECE_HEAD_SIZE;
}

function varintSize(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x40000000 ? 4 : 8;
}

/** The two highest bits tell the size. */
function writeVarint(out: Uint8Array, value: number): number {
  const size = varintSize(value);
  if (size === 1) out[0] = value;
  else if (size === 2) writeUint16(out, 0, value | 0x4000);
  else if (size === 4) writeUint32(out, 0, value + 0x80000000);
  else {
    writeUint32(out, 0, Math.floor(value / 2 ** 32) + 0xc0000000);
    writeUint32(out, 4, value % 2 ** 32);
  }
  return size;
}

/** Numbers beyond exact integers stand for flows that do not exist. */
function readVarint(bytes: Uint8Array, size: number): number {
  if (size === 1) return bytes[0]! & 0x3f;
  if (size === 2) return readUint16(bytes, 0) & 0x3fff;
  const high = readUint32(bytes, 0) & 0x3fffffff;
  return size === 4 ? high : high * 2 ** 32 + readUint32(bytes, 4);
}
