/**
 * The reasons why a stream or a session ends. Codes below 0x40 are those of docs/protocol/transport.md, with their
 * meaning; those from 0x40 on are broken rules of a session. A stream may end with any code of
 * docs/protocol/transport.md: this list has those that a session itself uses.
 */
export const SessionCode = {
  /** Nothing is left to do. */
  done: 0x00,
  notAllowed: 0x04,
  unsupported: 0x06,
  malformed: 0x07,
  stopping: 0x09,
  silent: 0x0c,
  tooManyStreams: 0x12,
  wrongClass: 0x13,

  /** A frame is longer than its receiver accepts. */
  tooLarge: 0x40,
  /** A frame may not come now, or not from this end, or not on a stream of this kind. */
  outOfTurn: 0x41,
  /** A stream id was used before, belongs to the other end, or was never opened. */
  streamId: 0x42,
  /** More bytes than the credit allows. */
  overCredit: 0x43,
  /** An offset, a size or a number that does not follow from what came before. */
  sequence: 0x44,
  /** Too many cheap frames. */
  flooding: 0x45,

  // The connection is lost. Never sent: each end finds this out by itself.
  connectionLost: 0x81,
} as const;
export type SessionCode = (typeof SessionCode)[keyof typeof SessionCode];

/** A workload has reset a stream (docs/protocol/transport.md: WORKLOAD_RESET). */
export const WORKLOAD_RESET = 0x01;

const names = new Map<number, string>(
  Object.entries(SessionCode).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  ]),
);

/** The name of a code that a session uses, for example `OVER_CREDIT`; undefined for any other. */
export function sessionCodeName(code: number): string | undefined {
  return names.get(code);
}

/** A violation of the protocol by the peer: ends the session, with a code and a text that the peer gets. */
export class Violation extends Error {
  readonly code: SessionCode;

  constructor(code: SessionCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}
