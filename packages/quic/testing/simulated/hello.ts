/**
 * The messages of a simulated handshake, and how they are written.
 *
 * ```
 *  client                        server
 *    ──── client-hello ────────▶         initial packets
 *    ◀─── server-hello ─────────         initial packets: its certificates
 *    ──── finished ────────────▶         handshake packets: the client's certificates
 *    ◀─── HANDSHAKE_DONE ───────         short packets
 * ```
 *
 * Each is a length of four bytes and JSON. Connection IDs are in hexadecimal.
 */

import type { QuicConfig } from "../../src/engine.ts";
import { HANDSHAKE_BYTES_MAX } from "./limits.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** The transport parameters that an end announces (RFC 9000, 18.2). */
export interface Parameters {
  readonly receivePayloadMax: number;
  readonly idleTimeoutMs: number;
  readonly takesDatagrams: boolean;
  readonly connectionWindow: number;
  readonly streamWindow: number;
  readonly bidirectionalMax: number;
}

export type Hello =
  | {
      readonly kind: "client-hello";
      readonly random: number;
      readonly applicationProtocol: string;
      readonly parameters: Parameters;
    }
  | {
      readonly kind: "server-hello";
      readonly random: number;
      readonly parameters: Parameters;
      /** The client's first destination ID. */
      readonly originalId: string;
      readonly statelessResetToken: string;
      readonly certificateChainPem: string;
    }
  | { readonly kind: "finished"; readonly certificateChainPem: string };

const LENGTH_SIZE = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function parametersOf({ receivePayloadMax, idleTimeoutMs, datagrams, streams }: QuicConfig): Parameters {
  const { connectionWindow, streamWindow, bidirectionalMax } = streams;
  const takesDatagrams = datagrams !== undefined;
  return { receivePayloadMax, idleTimeoutMs, takesDatagrams, connectionWindow, streamWindow, bidirectionalMax };
}

export function encodeHello(hello: Hello): Uint8Array {
  const text = encoder.encode(JSON.stringify(hello));
  const bytes = new Uint8Array(LENGTH_SIZE + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, LENGTH_SIZE);
  return bytes;
}

/** Puts what comes in CRYPTO frames together. */
export class HelloReader {
  readonly #buffer = new ReceiveBuffer();
  /** The length of the hello that comes next, once it is known. */
  #length: number | undefined;

  handleBytes(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length <= HANDSHAKE_BYTES_MAX) this.#buffer.write(offset, bytes);
  }

  /** The next hello, once all of it has come. */
  poll(): Hello | undefined {
    if (this.#length === undefined) {
      if (this.#buffer.readable < LENGTH_SIZE) return undefined;
      this.#length = new DataView(this.#take(LENGTH_SIZE).buffer).getUint32(0);
    }
    if (this.#buffer.readable < this.#length) return undefined;
    const text = decoder.decode(this.#take(this.#length));
    this.#length = undefined;
    return JSON.parse(text) as Hello;
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.#buffer.read(bytes);
    return bytes;
  }
}

/** The certificates of a PEM text in DER. */
export function derOf(chainPem: string): Uint8Array[] {
  const blocks = chainPem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g);
  return Array.from(blocks, (block) => octetsOf(atob(block[1]!)));
}

function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at);
  return octets;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
