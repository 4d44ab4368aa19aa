import assert from "node:assert";
import { CONTROL_LENGTH_MAX, DATAGRAM_SIZE_MAX, LENGTH_MAX, STREAM_WINDOW, STREAMS } from "./limits.ts";

/** The limits that an end announces in SESSION_READY, and that its peer keeps to. */
export interface SessionLimits {
  /** Streams and flows that the peer may have open at once. */
  readonly streams: number;
  /** The largest body of a frame, 1,024 to 65,535. */
  readonly frameLength: number;
  /** The credit that each stream of bytes begins with, each way. */
  readonly streamWindow: number;
  /** The largest datagram; 0: no flows. */
  readonly datagramSize: number;
}

/** Limits by their number on the wire. */
export const LIMIT_NUMBERS: ReadonlyMap<keyof SessionLimits, number> = new Map([
  ["streams", 1],
  ["frameLength", 2],
  ["streamWindow", 3],
  ["datagramSize", 4],
]);

/** Limits that SESSION_READY does not name have these values. */
export const UNNAMED_LIMITS: SessionLimits = { streams: 0, frameLength: 1_024, streamWindow: 0, datagramSize: 0 };

/** The limits of our sessions, unless their options say otherwise. */
export const DEFAULT_LIMITS: SessionLimits = {
  streams: STREAMS,
  frameLength: LENGTH_MAX,
  streamWindow: STREAM_WINDOW,
  datagramSize: DATAGRAM_SIZE_MAX,
};

/** Checks that our own limits are valid, and that a stream can work with them. */
export function checkLimits({ frameLength, streamWindow, datagramSize }: SessionLimits): void {
  assert(streamWindow > 0, "credit grows out of what was read, and begins somewhere");
  assert(frameLength >= CONTROL_LENGTH_MAX && frameLength <= LENGTH_MAX, "the length of frames is within its bounds");
  assert(datagramSize <= Math.min(frameLength, DATAGRAM_SIZE_MAX), "a datagram fits into a frame");
}
