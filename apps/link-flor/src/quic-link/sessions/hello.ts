import {
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
  type Instance,
  readInstance,
  writeInstance,
} from "@florenetes/wire-values";
import { isShownAsIs } from "@florenetes/operator-text";
import {
  CONTROL_BODY_MAX,
  PROBE_KEY_LENGTH,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  QUIET_SECONDS_MAX,
  QUIET_SECONDS_MIN,
  TAG_LENGTH_MAX,
} from "../limits.ts";

/**
 * Messages of the control stream (stream 0). All integers are big-endian.
 *
 *     0       1       2       3
 *     ├───────┴───────┼───────┼──────────────
 *     │ body length   │ type  │ body …
 *
 * A body may be longer than its fields: later versions add at its end, and we skip what we do not know. We skip messages of an
 * unknown type, too.
 *
 *     HELLO (1), originator to acceptor          ACCEPT (2), the answer
 *      0  lowest version spoken                   0  version chosen
 *      1  highest version spoken                  1  start of the acceptor's instance (8)
 *      2  role of the sender (1 originator)       9  id of the acceptor's instance (8)
 *      3  length of the tag                      17
 *      4  start of the instance, ms (8)
 *     12  id of the instance (8)                     quiet, seconds (2), or nothing
 *     20  number of the attempt (4)              READY (3), originator to acceptor
 *     24  probe key (16)                          0  UDP payload (2)
 *     40  tag, UTF-8                              2  arrival time of the answer to the full probe, µs (4)
 *         quiet, seconds (2), or nothing         UP (4), the answer
 *                                                 0  UDP payload (2)
 *                                                RENEW (5), acceptor to originator: no fields
 *                                                VISIT (6), visitor to acceptor, in the place of a HELLO: no fields.
 *                                                All bytes behind it, in both directions, are those of the visit.
 */
export const ControlType = { hello: 1, accept: 2, ready: 3, up: 4, renew: 5, visit: 6 } as const;

const HEADER_LENGTH = 3;
const HELLO_FIXED_LENGTH = 40;
const ACCEPT_LENGTH = 17;
const QUIET_LENGTH = 2;
/** This spread in a READY says that there was no answer. */
const NO_SPREAD = 0xffff_ffff;

const ROLE_ORIGINATOR = 1;
const ROLE_ACCEPTOR = 2;

export interface Hello {
  readonly versionMin: number;
  readonly versionMax: number;
  readonly role: "originator" | "acceptor";
  readonly tag: string;
  readonly instance: Instance;
  readonly attempt: number;
  /** 16 secret random bytes that tell probes from packets in this session. */
  readonly probeKey: Uint8Array;
  /** The pause between two signs of life that the originator asks for, while nothing is sent; 0: the link is not to be quiet. */
  readonly quietSeconds: number;
}

export interface Accept {
  readonly version: number;
  readonly instance: Instance;
  /** The pause that both ends keep, at most what the hello asks for; 0: the link is not quiet. */
  readonly quietSeconds: number;
}

export interface Ready {
  /** The UDP payload that is proven. */
  readonly payload: number;
  readonly answerSpreadMs: number | undefined;
}

/** A message, as `ControlReader` cuts it out of the stream. */
export interface ControlMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The highest version from `min` to `max` that we speak; 0: none. */
export function commonVersion(min: number, max: number): number {
  const version = Math.min(max, PROTOCOL_VERSION_MAX);
  return version < Math.max(min, PROTOCOL_VERSION_MIN) ? 0 : version;
}

export function encodeHello(hello: Hello): Uint8Array {
  const tag = new TextEncoder().encode(hello.tag);
  const tagEnd = HELLO_FIXED_LENGTH + tag.length;
  const message = startMessage(ControlType.hello, tagEnd + quietLength(hello.quietSeconds));
  const body = message.subarray(HEADER_LENGTH);
  body[0] = hello.versionMin;
  body[1] = hello.versionMax;
  body[2] = hello.role === "originator" ? ROLE_ORIGINATOR : ROLE_ACCEPTOR;
  body[3] = tag.length;
  writeInstance(body, 4, hello.instance);
  writeUint32(body, 20, hello.attempt);
  body.set(hello.probeKey, 24);
  body.set(tag, HELLO_FIXED_LENGTH);
  writeQuiet(body, tagEnd, hello.quietSeconds);
  return message;
}

/** Reads the body of a HELLO; undefined: it is malformed. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  if (body.length < HELLO_FIXED_LENGTH) return undefined;
  const tagLength = body[3]!;
  const tagEnd = HELLO_FIXED_LENGTH + tagLength;
  if (tagLength === 0 || tagLength > TAG_LENGTH_MAX || body.length < tagEnd) return undefined;
  const role = body[2] === ROLE_ORIGINATOR ? "originator" : body[2] === ROLE_ACCEPTOR ? "acceptor" : undefined;
  const tag = decodeText(body.subarray(HELLO_FIXED_LENGTH, tagEnd));
  const instance = readInstance(body, 4);
  const quietSeconds = readQuiet(body, tagEnd);
  if (role === undefined || tag === undefined || instance === undefined || body[0]! > body[1]!) return undefined;
  if (quietSeconds === undefined) return undefined;
  return {
    versionMin: body[0]!,
    versionMax: body[1]!,
    role,
    tag,
    instance,
    attempt: readUint32(body, 20),
    probeKey: body.slice(24, 24 + PROBE_KEY_LENGTH),
    quietSeconds,
  };
}

export function encodeAccept(accept: Accept): Uint8Array {
  const message = startMessage(ControlType.accept, ACCEPT_LENGTH + quietLength(accept.quietSeconds));
  const body = message.subarray(HEADER_LENGTH);
  body[0] = accept.version;
  writeInstance(body, 1, accept.instance);
  writeQuiet(body, ACCEPT_LENGTH, accept.quietSeconds);
  return message;
}

/** Reads the body of an ACCEPT; undefined: it is malformed. */
export function decodeAccept(body: Uint8Array): Accept | undefined {
  if (body.length < ACCEPT_LENGTH) return undefined;
  const instance = readInstance(body, 1);
  const quietSeconds = readQuiet(body, ACCEPT_LENGTH);
  return instance === undefined || quietSeconds === undefined
    ? undefined
    : { version: body[0]!, instance, quietSeconds };
}

/** @param answerSpreadMs How long the pieces of the answer to a full probe took to arrive; undefined: it did not come. */
export function encodeReady(payload: number, answerSpreadMs: number | undefined): Uint8Array {
  const message = startMessage(ControlType.ready, 6);
  writeUint16(message, HEADER_LENGTH, payload);
  const spread = answerSpreadMs === undefined ? NO_SPREAD : Math.min(Math.round(answerSpreadMs * 1_000), NO_SPREAD - 1);
  writeUint32(message, HEADER_LENGTH + 2, spread);
  return message;
}

export function encodeUp(payload: number): Uint8Array {
  const message = startMessage(ControlType.up, 2);
  writeUint16(message, HEADER_LENGTH, payload);
  return message;
}

/** Asks the originator for a fresh session in this one's place. */
export function encodeRenew(): Uint8Array {
  return startMessage(ControlType.renew, 0);
}

/** Asks for the acceptor's door, in the place of a hello. */
export function encodeVisit(): Uint8Array {
  return startMessage(ControlType.visit, 0);
}

/** Reads the body of a READY; undefined: it is malformed. */
export function decodeReady(body: Uint8Array): Ready | undefined {
  if (body.length < 6) return undefined;
  const spread = readUint32(body, 2);
  return { payload: readUint16(body, 0), answerSpreadMs: spread === NO_SPREAD ? undefined : spread / 1_000 };
}

/** The UDP payload in the body of an UP; undefined: it is malformed. */
export function decodeUp(body: Uint8Array): number | undefined {
  return body.length < 2 ? undefined : readUint16(body, 0);
}

/** Cuts the bytes of the control stream into messages. */
export class ControlReader {
  readonly #buffer = new Uint8Array(HEADER_LENGTH + CONTROL_BODY_MAX);
  #length = 0;
  #isBroken = false;

  /** The room that the next bytes of the stream are to be read into; tell how many there were with `handleBytes`. */
  get room(): Uint8Array {
    return this.#buffer.subarray(this.#length);
  }

  /** Whether the stream holds bytes that cannot be a message: no more messages come out. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  handleBytes(count: number): void {
    this.#length += count;
  }

  /** Gives away the bytes behind the last message: no more messages come out. */
  takeRest(): Uint8Array {
    const rest = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return rest;
  }

  pollMessage(): ControlMessage | undefined {
    if (this.#isBroken || this.#length < HEADER_LENGTH) return undefined;
    const bodyLength = readUint16(this.#buffer, 0);
    if (bodyLength > CONTROL_BODY_MAX) {
      this.#isBroken = true;
      return undefined;
    }
    const end = HEADER_LENGTH + bodyLength;
    if (this.#length < end) return undefined;
    const message = { type: this.#buffer[2]!, body: this.#buffer.slice(HEADER_LENGTH, end) };
    this.#buffer.copyWithin(0, end, this.#length);
    this.#length -= end;
    return message;
  }
}

function startMessage(type: number, bodyLength: number): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + bodyLength);
  writeUint16(message, 0, bodyLength);
  message[2] = type;
  return message;
}

/** A link that is not quiet says nothing, as ends of before do. */
function quietLength(quietSeconds: number): number {
  return quietSeconds === 0 ? 0 : QUIET_LENGTH;
}

function writeQuiet(body: Uint8Array, at: number, quietSeconds: number): void {
  if (quietSeconds > 0) writeUint16(body, at, quietSeconds);
}

/** The quiet at the end of a body; 0: nothing is said; undefined: a value that no link may have. */
function readQuiet(body: Uint8Array, at: number): number | undefined {
  const seconds = body.length < at + QUIET_LENGTH ? 0 : readUint16(body, at);
  return seconds === 0 || (seconds >= QUIET_SECONDS_MIN && seconds <= QUIET_SECONDS_MAX) ? seconds : undefined;
}

/** A tag is a name, which is compared and shown to people: nothing in it may have to be escaped. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return isShownAsIs(text, TAG_LENGTH_MAX) ? text : undefined;
  } catch {
    return undefined;
  }
}
