/**
 * The binding throws errors whose message is the Debug form of quiche's error: `StreamReset(7)`, `InvalidStreamState(4)`,
 * `TlsFail`. Here they become numbers; nothing else in the package reads those texts.
 */

import { StreamResult } from "../../engine.ts";

/** QUIC's transport error codes (RFC 9000, 20.1) that quiche gives to its own errors. */
const transportCodes: ReadonlyMap<string, number> = new Map([
  ["InvalidFrame", 0x07],
  ["InvalidStreamState", 0x05],
  ["InvalidTransportParam", 0x08],
  ["FlowControl", 0x03],
  ["StreamLimit", 0x04],
  ["FinalSize", 0x06],
  ["KeyUpdate", 0x0e],
]);

/** PROTOCOL_VIOLATION, quiche's choice for everything else. */
const PROTOCOL_VIOLATION = 0x0a;

export interface StreamFailure {
  readonly result: StreamResult;
  /** The peer's application code, 0 where there is none. */
  readonly code: number;
}

/** The meaning of an error that a stream call has thrown. */
export function streamFailure(error: unknown): StreamFailure {
  const { name, argument } = parse(error);
  switch (name) {
    case "StreamStopped":
      return { result: StreamResult.stopped, code: argument };
    case "StreamReset":
      return { result: StreamResult.reset, code: argument };
    case "StreamLimit":
      return { result: StreamResult.limit, code: 0 };
    default:
      // InvalidStreamState: the stream is over and collected, or was never opened. FinalSize: we have ended it before.
      return { result: StreamResult.gone, code: 0 };
  }
}

/** The transport error code with which a connection ends after `error`. */
export function transportCode(error: unknown): number {
  return transportCodes.get(parse(error).name) ?? PROTOCOL_VIOLATION;
}

function parse(error: unknown): { name: string; argument: number } {
  const message = error instanceof Error ? error.message : "";
  const open = message.indexOf("(");
  if (open < 0) return { name: message, argument: 0 };
  return { name: message.slice(0, open), argument: Number.parseInt(message.slice(open + 1), 10) || 0 };
}
