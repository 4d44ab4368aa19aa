/**
 * The messages that streams start with. All have the same frame, so that an earlier version can skip what a later one adds:
 *
 *      0         1         2         3
 *     +---------+---------+---------+---------
 *     | version |      length       | body ...      length: bytes of the body; at most 1,024
 *     +---------+---------+---------+---------
 *
 *     OPEN     traffic class (1), kind (1), options (1)                      originator, on each stream
 *     ANSWER   status (1): 0, options (1)                                    the far end, once the target is dialled
 *     HELLO    start time in ms (8), instance (8), token (16),
 *              name length (1), name, traffic class (1), flags (1),
 *              quiet in seconds (2), or nothing                              both ends, first on the control stream
 *     STOP     kind (1): 1, stream id (8), code (2)                          both ends, later on the control stream
 *     RENEW    kind (1): 2                                                   acceptor, later on the control stream
 *     SIZE     kind (1): 3, size (2)                                         originator, later on the control stream
 *     FINISH   kind (1): 4                                                   originator, at last on the control stream
 *     STREAM_TAKEN  kind (1): 9, stream id (8), offset (8), flags (1)        both ends, later on the control stream
 *
 * The kinds from 5 to 8 are in vertex-messages.ts. An OPEN or ANSWER without the byte of options has none.
 *
 * Further bytes of a body are of later versions, and ignored.
 */
import {
  readUint16,
  readUint64,
  writeUint16,
  writeUint64,
  INSTANCE_SIZE,
  type Instance,
  readInstance,
  writeInstance,
} from "@florenetes/wire-values";
import { TrafficClass, trafficClassNumbered } from "@florenetes/forwarding";
import { isName } from "@florenetes/operator-text";
import { MESSAGE_SIZE_MAX, MESSAGE_VERSION, QUIET_SECONDS_MAX, VERTEX_TOKEN_SIZE } from "./limits.ts";

const HEAD_SIZE = 3;

/** The kinds of OPEN. */
export const OpenKind = {
  /** A byte stream to the service's target. */
  stream: 1,
  /** A flow of datagrams to the target: they travel in DATAGRAM frames, and the stream marks the flow's beginning and end. */
  datagrams: 2,
} as const;

export interface OpenRequest {
  readonly trafficClass: number;
  readonly kind: number;
  /** Asks that both ends tell what their workloads have taken, by STREAM_TAKEN: the acceptor does if its ANSWER says so. */
  readonly asksTaken: boolean;
}

/** The content of an ANSWER that accepts a stream. */
export interface Answer {
  /** Whether both ends tell what their workloads have taken. */
  readonly tellsTaken: boolean;
}

/** The option of OPEN and ANSWER for STREAM_TAKEN. */
const TAKEN_OPTION = 1;

/** Kinds of control messages that follow the hello. */
const STOP_KIND = 1;
const RENEW_KIND = 2;
const SIZE_KIND = 3;
const FINISH_KIND = 4;
const TAKEN_KIND = 9;
/** The flag of a STREAM_TAKEN for the end of the half. */
const END_FLAG = 1;

/** The sender has stopped reading a stream. */
export interface StopNotice {
  readonly stream: number;
  readonly code: number;
}

/** The sender's workload has taken so much of what the other end has sent on a stream. */
export interface TakenNotice {
  readonly stream: number;
  /** Bytes of workloads alone, from 0 on. */
  readonly offset: number;
  /** Whether the end of the half is taken, too. */
  readonly isEnd: boolean;
}

/** The life of a cluster vertex between two starts. */
export interface VertexInstance extends Instance {
  /** The name of the vertex, for people. */
  readonly vertex: string;
}

/** How the packets of a connection are carried, as the originator says for both ends. */
export interface Carriage {
  readonly trafficClass: TrafficClass;
  /** Datagrams are neither cut into pieces nor joined: the sending workload learns from losses how large they may be. */
  readonly isUncut: boolean;
}

/** The carriage of an acceptor, until a hello has told the originator's. */
export const plainCarriage: Carriage = { trafficClass: TrafficClass.reliable, isUncut: false };

/** The content of a HELLO: a life of a vertex, the token that names the vertex, and the carriage. */
export interface Hello extends VertexInstance, Carriage {
  /** 32 hexadecimal digits: `vertexToken`. */
  readonly token: string;
  /** The quiet of the sender's first link, in seconds: while nothing is unanswered, the connection is asked no more often; 0: as often as any. */
  readonly quietSeconds: number;
}

/** The part of a HELLO that differs between connections of the same principals. */
export type HelloTerms = Carriage & Pick<Hello, "quietSeconds">;

/** Takes only the carriage of a larger object. */
export function carriageOf({
  trafficClass,
  isUncut = false,
}: {
  readonly trafficClass: TrafficClass;
  readonly isUncut?: boolean | undefined;
}): Carriage {
  return { trafficClass, isUncut };
}

/** The flag of a HELLO for `isUncut`. */
const UNCUT_FLAG = 1;
const TOKEN_AT = INSTANCE_SIZE;
const NAME_LENGTH_AT = TOKEN_AT + VERTEX_TOKEN_SIZE;
const NAME_AT = NAME_LENGTH_AT + 1;

export function encodeOpen({ trafficClass, kind, asksTaken }: OpenRequest): Uint8Array {
  return frame(asksTaken ? Uint8Array.of(trafficClass, kind, TAKEN_OPTION) : Uint8Array.of(trafficClass, kind));
}

export function encodeAnswer({ tellsTaken }: Answer): Uint8Array {
  return frame(tellsTaken ? Uint8Array.of(0, TAKEN_OPTION) : Uint8Array.of(0));
}

export function encodeHello(hello: Hello): Uint8Array {
  const name = new TextEncoder().encode(hello.vertex);
  const quietAt = NAME_AT + name.length + 2;
  const body = new Uint8Array(quietAt + (hello.quietSeconds > 0 ? 2 : 0));
  writeInstance(body, 0, hello);
  body.set(Buffer.from(hello.token, "hex"), TOKEN_AT);
  body[NAME_LENGTH_AT] = name.length;
  body.set(name, NAME_AT);
  body[NAME_AT + name.length] = hello.trafficClass;
  body[NAME_AT + name.length + 1] = hello.isUncut ? UNCUT_FLAG : 0;
  if (hello.quietSeconds > 0) writeUint16(body, quietAt, hello.quietSeconds);
  return frame(body);
}

export function encodeStop(notice: StopNotice): Uint8Array {
  const body = new Uint8Array(11);
  body[0] = STOP_KIND;
  writeUint64(body, 1, notice.stream);
  writeUint16(body, 9, notice.code);
  return frame(body);
}

export function encodeTaken({ stream, offset, isEnd }: TakenNotice): Uint8Array {
  const body = new Uint8Array(18);
  body[0] = TAKEN_KIND;
  writeUint64(body, 1, stream);
  writeUint64(body, 9, offset);
  body[17] = isEnd ? END_FLAG : 0;
  return frame(body);
}

/** The acceptor asks for a successor of this connection. */
export function encodeRenew(): Uint8Array {
  return frame(Uint8Array.of(RENEW_KIND));
}

/** The path no longer carries QUIC packets larger than this. */
export function encodeSize(payloadMax: number): Uint8Array {
  return frame(Uint8Array.of(SIZE_KIND, payloadMax >> 8, payloadMax));
}

/**
 * The originator's streams are over, and all that it sent is acknowledged: the acceptor closes the connection when its
 * own are, too.
 */
export function encodeFinish(): Uint8Array {
  return frame(Uint8Array.of(FINISH_KIND));
}

/** Undefined when the body is too short. */
export function decodeOpen(body: Uint8Array): OpenRequest | undefined {
  if (body.length < 2) return undefined;
  return { trafficClass: body[0]!, kind: body[1]!, asksTaken: hasTakenOption(body[2]) };
}

/** Undefined when the body is no acceptance, which is the only answer. */
export function decodeAnswer(body: Uint8Array): Answer | undefined {
  return body[0] === 0 ? { tellsTaken: hasTakenOption(body[1]) } : undefined;
}

function hasTakenOption(options = 0): boolean {
  return (options & TAKEN_OPTION) !== 0;
}

/** Undefined when the body is no hello: too short, or with an invalid name of a vertex. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  if (body.length <= NAME_AT || body.length < NAME_AT + body[NAME_LENGTH_AT]!) return undefined;
  const nameEnd = NAME_AT + body[NAME_LENGTH_AT]!;
  const instance = readInstance(body, 0);
  const token = Buffer.from(body.subarray(TOKEN_AT, NAME_LENGTH_AT)).toString("hex");
  const vertex = String.fromCharCode(...body.subarray(NAME_AT, nameEnd));
  if (instance === undefined || !isName(vertex)) return undefined;
  // A vertex of an earlier version sends no class.
  const trafficClass = body.length > nameEnd ? trafficClassNumbered(body[nameEnd]!) : TrafficClass.reliable;
  const isUncut = body.length > nameEnd + 1 && (body[nameEnd + 1]! & UNCUT_FLAG) !== 0;
  const quietSeconds = body.length < nameEnd + 4 ? 0 : readUint16(body, nameEnd + 2);
  return quietSeconds > QUIET_SECONDS_MAX
    ? undefined
    : { ...instance, vertex, token, trafficClass, isUncut, quietSeconds };
}

/** Undefined when the body is that of another kind of message, or too short. */
export function decodeStop(body: Uint8Array): StopNotice | undefined {
  if (body.length < 11 || body[0] !== STOP_KIND) return undefined;
  return { stream: readUint64(body, 1), code: readUint16(body, 9) };
}

/** Undefined when the body is that of another kind of message, or too short. */
export function decodeTaken(body: Uint8Array): TakenNotice | undefined {
  if (body.length < 18 || body[0] !== TAKEN_KIND) return undefined;
  return { stream: readUint64(body, 1), offset: readUint64(body, 9), isEnd: (body[17]! & END_FLAG) !== 0 };
}

export function decodeRenew(body: Uint8Array): boolean {
  return body[0] === RENEW_KIND;
}

export function decodeFinish(body: Uint8Array): boolean {
  return body[0] === FINISH_KIND;
}

/** Undefined when the body is that of another kind of message, or too short. */
export function decodeSize(body: Uint8Array): number | undefined {
  return body.length < 3 || body[0] !== SIZE_KIND ? undefined : readUint16(body, 1);
}

/** Puts the head before a body. */
export function frame(body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEAD_SIZE + body.length);
  message[0] = MESSAGE_VERSION;
  writeUint16(message, 1, body.length);
  message.set(body, HEAD_SIZE);
  return message;
}

/** The state of a `MessageReader`. */
export const ReadState = {
  /** More bytes are needed. */
  partial: 0,
  /** `body` is complete. */
  whole: 1,
  /** Another version, or a length beyond the limit. */
  unsupported: 2,
} as const;
export type ReadState = (typeof ReadState)[keyof typeof ReadState];

/** Collects the bytes of one message, and no byte of what follows it, which belongs to the stream's next reader. */
export class MessageReader {
  #bytes = new Uint8Array(HEAD_SIZE);
  #filled = 0;
  #state: ReadState = ReadState.partial;

  get state(): ReadState {
    return this.#state;
  }

  get body(): Uint8Array {
    return this.#bytes.subarray(HEAD_SIZE);
  }

  /** The place for the next bytes of the message; `advance` then tells how many came. */
  get room(): Uint8Array {
    return this.#bytes.subarray(this.#filled);
  }

  advance(count: number): ReadState {
    this.#filled += count;
    if (this.#state !== ReadState.partial || this.#filled < this.#bytes.length) return this.#state;
    if (this.#bytes.length > HEAD_SIZE) return (this.#state = ReadState.whole);
    const length = readUint16(this.#bytes, 1);
    if (this.#bytes[0] !== MESSAGE_VERSION || length > MESSAGE_SIZE_MAX) return (this.#state = ReadState.unsupported);
    if (length === 0) return (this.#state = ReadState.whole);
    const bytes = new Uint8Array(HEAD_SIZE + length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    return this.#state;
  }
}
