/**
 * The messages that streams start with. All have one frame, so that a later version can say more and an earlier one can
 * skip it:
 *
 *      0         1         2         3
 *     +---------+---------+---------+---------
 *     | version |      length       | body ...      length: bytes of the body; at most 1,024
 *     +---------+---------+---------+---------
 *
 *     OPEN     traffic class (1), kind (1)                                   originator, on each stream
 *     ANSWER   status (1): 0                                                 the far end, once the target is dialled
 *     HELLO    start time in ms (8), instance (8), token (16),
 *              name length (1), name                                         both ends, first on the control stream
 *     STOP     kind (1): 1, stream id (8), code (2)                          both ends, later on the control stream
 *     RENEW    kind (1): 2                                                   acceptor, later on the control stream
 *     SIZE     kind (1): 3, size (2)                                         originator, later on the control stream
 *
 * Bytes of a body behind those are of later versions, and ignored.
 */
import { readUint16, readUint64, writeUint16, writeUint64 } from "@florenetes/big-endian";
import { INSTANCE_SIZE, type Instance, readInstance, writeInstance } from "@florenetes/instances";
import { isName } from "@florenetes/names";
import { messageSizeMax, vertexTokenSize } from "./limits.ts";

const messageVersion = 1;
const headSize = 3;

/** The kinds of OPEN. */
export const OpenKind = {
  /** A byte stream to the service's target. */
  stream: 1,
} as const;

export interface OpenRequest {
  readonly trafficClass: number;
  readonly kind: number;
}

/** Kinds of control messages that follow the hello. */
const stopKind = 1;
const renewKind = 2;
const sizeKind = 3;

/** The sender has given up a stream, and reads no more of it. */
export interface StopNotice {
  readonly stream: number;
  readonly code: number;
}

/** One life of a cluster vertex. */
export interface VertexInstance extends Instance {
  /** The name of the vertex, for people. */
  readonly vertex: string;
}

/** The content of a HELLO: a life of a vertex, and the token that names the vertex. */
export interface Hello extends VertexInstance {
  /** 32 hexadecimal digits: `vertexToken`. */
  readonly token: string;
}

const tokenAt = INSTANCE_SIZE;
const nameLengthAt = tokenAt + vertexTokenSize;
const nameAt = nameLengthAt + 1;

export function encodeOpen(request: OpenRequest): Uint8Array {
  return frame(Uint8Array.of(request.trafficClass, request.kind));
}

export function encodeAnswer(): Uint8Array {
  return frame(Uint8Array.of(0));
}

export function encodeHello(hello: Hello): Uint8Array {
  const name = new TextEncoder().encode(hello.vertex);
  const body = new Uint8Array(nameAt + name.length);
  writeInstance(body, 0, hello);
  body.set(Buffer.from(hello.token, "hex"), tokenAt);
  body[nameLengthAt] = name.length;
  body.set(name, nameAt);
  return frame(body);
}

export function encodeStop(notice: StopNotice): Uint8Array {
  const body = new Uint8Array(11);
  body[0] = stopKind;
  writeUint64(body, 1, notice.stream);
  writeUint16(body, 9, notice.code);
  return frame(body);
}

/** The acceptor would like a connection in the place of this one. */
export function encodeRenew(): Uint8Array {
  return frame(Uint8Array.of(renewKind));
}

/** The path does not carry larger QUIC packets than this any more. */
export function encodeSize(payloadMax: number): Uint8Array {
  return frame(Uint8Array.of(sizeKind, payloadMax >> 8, payloadMax));
}

/** Undefined when the body is too short. */
export function decodeOpen(body: Uint8Array): OpenRequest | undefined {
  return body.length < 2 ? undefined : { trafficClass: body[0]!, kind: body[1]! };
}

/** Whether the body is an acceptance, the one answer there is. */
export function decodeAnswer(body: Uint8Array): boolean {
  return body.length >= 1 && body[0] === 0;
}

/** Undefined when the body is no hello: too short, or a name that no vertex can have. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  if (body.length <= nameAt || body.length < nameAt + body[nameLengthAt]!) return undefined;
  const instance = readInstance(body, 0);
  const token = Buffer.from(body.subarray(tokenAt, nameLengthAt)).toString("hex");
  const vertex = String.fromCharCode(...body.subarray(nameAt, nameAt + body[nameLengthAt]!));
  if (instance === undefined || !isName(vertex)) return undefined;
  return { ...instance, vertex, token };
}

/** Undefined when the body is that of another kind of message, or too short. */
export function decodeStop(body: Uint8Array): StopNotice | undefined {
  if (body.length < 11 || body[0] !== stopKind) return undefined;
  return { stream: readUint64(body, 1), code: readUint16(body, 9) };
}

export function decodeRenew(body: Uint8Array): boolean {
  return body[0] === renewKind;
}

/** Undefined when the body is that of another kind of message, or too short. */
export function decodeSize(body: Uint8Array): number | undefined {
  return body.length < 3 || body[0] !== sizeKind ? undefined : readUint16(body, 1);
}

function frame(body: Uint8Array): Uint8Array {
  const message = new Uint8Array(headSize + body.length);
  message[0] = messageVersion;
  writeUint16(message, 1, body.length);
  message.set(body, headSize);
  return message;
}

/** How far a `MessageReader` has got. */
export const ReadState = {
  /** More bytes are needed. */
  partial: 0,
  /** `body` is whole. */
  whole: 1,
  /** Another version, or a length beyond the limit. */
  unsupported: 2,
} as const;
export type ReadState = (typeof ReadState)[keyof typeof ReadState];

/** Puts one message together. It asks for no byte behind the message, which belongs to whoever reads on. */
export class MessageReader {
  #bytes = new Uint8Array(headSize);
  #filled = 0;
  #state: ReadState = ReadState.partial;

  get state(): ReadState {
    return this.#state;
  }

  get body(): Uint8Array {
    return this.#bytes.subarray(headSize);
  }

  /** Where the next bytes of the message belong; then say by `advance` how many came. */
  get room(): Uint8Array {
    return this.#bytes.subarray(this.#filled);
  }

  advance(count: number): ReadState {
    this.#filled += count;
    if (this.#state !== ReadState.partial || this.#filled < this.#bytes.length) return this.#state;
    if (this.#bytes.length > headSize) return (this.#state = ReadState.whole);
    const length = readUint16(this.#bytes, 1);
    if (this.#bytes[0] !== messageVersion || length > messageSizeMax) return (this.#state = ReadState.unsupported);
    if (length === 0) return (this.#state = ReadState.whole);
    const bytes = new Uint8Array(headSize + length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    return this.#state;
  }
}
