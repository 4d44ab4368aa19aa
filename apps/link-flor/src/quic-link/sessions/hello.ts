import { readUint16, readUint32, writeUint16, writeUint32 } from "@florenetes/big-endian";
import { isShownAsIs } from "@florenetes/foreign-text";
import { type Instance, readInstance, writeInstance } from "@florenetes/instances";
import { controlBodyMax, probeKeyLength, protocolVersionMax, protocolVersionMin, tagLengthMax } from "../limits.ts";

/**
 * Messages of the control stream (stream 0). All integers are big-endian.
 *
 *     0       1       2       3
 *     ├───────┴───────┼───────┼──────────────
 *     │ body length   │ type  │ body …
 *
 * A body may be longer than its fields: later versions add at its end, and we skip what we do not know. So is a message of an
 * unknown type.
 *
 *     HELLO (1), originator to acceptor          ACCEPT (2), the answer
 *      0  lowest version spoken                   0  version chosen
 *      1  highest version spoken                  1  start of the acceptor's instance (8)
 *      2  role of the sender (1 originator)       9  id of the acceptor's instance (8)
 *      3  length of the tag                      17
 *      4  start of the instance, ms (8)
 *     12  id of the instance (8)                 READY (3), originator to acceptor
 *     20  number of the attempt (4)               0  UDP payload (2)
 *     24  probe key (16)                          2  arrival time of the answer to the full probe, µs (4)
 *     40  tag, UTF-8                             UP (4), the answer
 *                                                 0  UDP payload (2)
 *                                                RENEW (5), acceptor to originator: no fields
 */
export const ControlType = { hello: 1, accept: 2, ready: 3, up: 4, renew: 5 } as const;

const headerLength = 3;
const helloFixedLength = 40;
const acceptLength = 17;
/** This spread in a READY says that there was no answer. */
const noSpread = 0xffff_ffff;

const roleOriginator = 1;
const roleAcceptor = 2;

export interface Hello {
  readonly versionMin: number;
  readonly versionMax: number;
  readonly role: "originator" | "acceptor";
  readonly tag: string;
  readonly instance: Instance;
  readonly attempt: number;
  /** 16 secret random bytes that tell probes from packets in this session. */
  readonly probeKey: Uint8Array;
}

export interface Accept {
  readonly version: number;
  readonly instance: Instance;
}

export interface Ready {
  /** The UDP payload that is proven. */
  readonly payload: number;
  readonly answerSpreadMs: number | undefined;
}

/** One message, as `ControlReader` cuts it out of the stream. */
export interface ControlMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The highest version that we speak of those; 0: none. */
export function commonVersion(min: number, max: number): number {
  const version = Math.min(max, protocolVersionMax);
  return version < Math.max(min, protocolVersionMin) ? 0 : version;
}

export function encodeHello(hello: Hello): Uint8Array {
  const tag = new TextEncoder().encode(hello.tag);
  const message = startMessage(ControlType.hello, helloFixedLength + tag.length);
  const body = message.subarray(headerLength);
  body[0] = hello.versionMin;
  body[1] = hello.versionMax;
  body[2] = hello.role === "originator" ? roleOriginator : roleAcceptor;
  body[3] = tag.length;
  writeInstance(body, 4, hello.instance);
  writeUint32(body, 20, hello.attempt);
  body.set(hello.probeKey, 24);
  body.set(tag, helloFixedLength);
  return message;
}

/** Undefined: malformed. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  if (body.length < helloFixedLength) return undefined;
  const tagLength = body[3]!;
  const tagEnd = helloFixedLength + tagLength;
  if (tagLength === 0 || tagLength > tagLengthMax || body.length < tagEnd) return undefined;
  const role = body[2] === roleOriginator ? "originator" : body[2] === roleAcceptor ? "acceptor" : undefined;
  const tag = decodeText(body.subarray(helloFixedLength, tagEnd));
  const instance = readInstance(body, 4);
  if (role === undefined || tag === undefined || instance === undefined || body[0]! > body[1]!) return undefined;
  return {
    versionMin: body[0]!,
    versionMax: body[1]!,
    role,
    tag,
    instance,
    attempt: readUint32(body, 20),
    probeKey: body.slice(24, 24 + probeKeyLength),
  };
}

export function encodeAccept(accept: Accept): Uint8Array {
  const message = startMessage(ControlType.accept, acceptLength);
  const body = message.subarray(headerLength);
  body[0] = accept.version;
  writeInstance(body, 1, accept.instance);
  return message;
}

/** Undefined: malformed. */
export function decodeAccept(body: Uint8Array): Accept | undefined {
  if (body.length < acceptLength) return undefined;
  const instance = readInstance(body, 1);
  return instance && { version: body[0]!, instance };
}

/** @param answerSpreadMs How long the pieces of the answer to a full probe took to arrive; undefined: it did not come. */
export function encodeReady(payload: number, answerSpreadMs: number | undefined): Uint8Array {
  const message = startMessage(ControlType.ready, 6);
  writeUint16(message, headerLength, payload);
  const spread = answerSpreadMs === undefined ? noSpread : Math.min(Math.round(answerSpreadMs * 1_000), noSpread - 1);
  writeUint32(message, headerLength + 2, spread);
  return message;
}

export function encodeUp(payload: number): Uint8Array {
  const message = startMessage(ControlType.up, 2);
  writeUint16(message, headerLength, payload);
  return message;
}

/** Asks the originator for a fresh session in this one's place. */
export function encodeRenew(): Uint8Array {
  return startMessage(ControlType.renew, 0);
}

/** Undefined: malformed. */
export function decodeReady(body: Uint8Array): Ready | undefined {
  if (body.length < 6) return undefined;
  const spread = readUint32(body, 2);
  return { payload: readUint16(body, 0), answerSpreadMs: spread === noSpread ? undefined : spread / 1_000 };
}

/** Undefined: malformed. */
export function decodeUp(body: Uint8Array): number | undefined {
  return body.length < 2 ? undefined : readUint16(body, 0);
}

/** Cuts the bytes of the control stream into messages. */
export class ControlReader {
  readonly #buffer = new Uint8Array(headerLength + controlBodyMax);
  #length = 0;
  #isBroken = false;

  /** The room that the next bytes of the stream are to be read into; tell how many there were with `handleBytes`. */
  get room(): Uint8Array {
    return this.#buffer.subarray(this.#length);
  }

  /** The stream holds what can be no message: nothing more comes out. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  handleBytes(count: number): void {
    this.#length += count;
  }

  pollMessage(): ControlMessage | undefined {
    if (this.#isBroken || this.#length < headerLength) return undefined;
    const bodyLength = readUint16(this.#buffer, 0);
    if (bodyLength > controlBodyMax) {
      this.#isBroken = true;
      return undefined;
    }
    const end = headerLength + bodyLength;
    if (this.#length < end) return undefined;
    const message = { type: this.#buffer[2]!, body: this.#buffer.slice(headerLength, end) };
    this.#buffer.copyWithin(0, end, this.#length);
    this.#length -= end;
    return message;
  }
}

function startMessage(type: number, bodyLength: number): Uint8Array {
  const message = new Uint8Array(headerLength + bodyLength);
  writeUint16(message, 0, bodyLength);
  message[2] = type;
  return message;
}

/** A tag is a name, which is compared and shown to people: nothing in it may have to be escaped. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return isShownAsIs(text, tagLengthMax) ? text : undefined;
  } catch {
    return undefined;
  }
}
