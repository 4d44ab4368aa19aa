import { CONNECTION_ID_MAX } from "@florenetes/quic";
import { CONNECTION_ID_LENGTH } from "../limits.ts";

/**
 * Probes of an address and their answers travel beside QUIC, so that no congestion window holds them up. The two highest bits
 * of the first byte are those of no QUIC packet (RFC 9000, 17.2 and 17.3.1).
 *
 *      0        1                   9                   17          25            41
 *      ├────────┼───────────────────┼───────────────────┼───────────┼─────────────┤
 *      │ kind   │ receiver's ID (8) │ sender's ID       │ nonce (8) │ proof (16)  │
 *      └────────┴───────────────────┴───────────────────┴───────────┴─────────────┘
 *
 * The IDs are the connection IDs of the session, and a receiver knows how long its own are. The proof is the first 16 bytes of
 * HMAC-SHA-256 with the session's probe key over all bytes before it.
 */
export const PathMessageKind = { probe: 0x20, answer: 0x21 } as const;
export type PathMessageKind = (typeof PathMessageKind)[keyof typeof PathMessageKind];

export interface PathMessage {
  readonly kind: PathMessageKind;
  readonly receiverId: Uint8Array;
  readonly senderId: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The first bytes of HMAC-SHA-256. */
export type Prove = (key: Uint8Array, message: Uint8Array) => Uint8Array;

export const NONCE_LENGTH = 8;
const PROOF_LENGTH = 16;
/** Size of a message when both ends have connection IDs of our length. */
export const PATH_MESSAGE_SIZE: number = 1 + 2 * CONNECTION_ID_LENGTH + NONCE_LENGTH + PROOF_LENGTH;

const QUIC_BITS = 0xc0;
const ID_AT = 1;

/** Whether the datagram is no QUIC packet, but may be one of these messages. */
export function isPathMessage(datagram: Uint8Array): boolean {
  return (datagram[0]! & QUIC_BITS) === 0;
}

/** Writes a message with its proof; returns the length. */
export function writePathMessage(message: PathMessage, key: Uint8Array, prove: Prove, out: Uint8Array): number {
  out[0] = message.kind;
  let at = ID_AT;
  for (const part of [message.receiverId, message.senderId, message.nonce]) {
    out.set(part, at);
    at += part.length;
  }
  out.set(prove(key, out.subarray(0, at)).subarray(0, PROOF_LENGTH), at);
  return at + PROOF_LENGTH;
}

/** Reads a message, without a look at its proof. The fields are views into `datagram`. Undefined: the datagram is no such message. */
export function readPathMessage(datagram: Uint8Array): PathMessage | undefined {
  const senderAt = ID_AT + CONNECTION_ID_LENGTH;
  const nonceAt = datagram.length - PROOF_LENGTH - NONCE_LENGTH;
  if (nonceAt < senderAt || nonceAt - senderAt > CONNECTION_ID_MAX) return undefined;
  const kind = datagram[0];
  if (kind !== PathMessageKind.probe && kind !== PathMessageKind.answer) return undefined;
  return {
    kind,
    receiverId: datagram.subarray(ID_AT, senderAt),
    senderId: datagram.subarray(senderAt, nonceAt),
    nonce: datagram.subarray(nonceAt, nonceAt + NONCE_LENGTH),
  };
}

/** Whether the writer of the message knows the key. */
export function isProven(datagram: Uint8Array, key: Uint8Array, prove: Prove): boolean {
  const proofAt = datagram.length - PROOF_LENGTH;
  const proof = prove(key, datagram.subarray(0, proofAt));
  let difference = 0;
  for (let i = 0; i < PROOF_LENGTH; i++) difference |= proof[i]! ^ datagram[proofAt + i]!;
  return difference === 0;
}
