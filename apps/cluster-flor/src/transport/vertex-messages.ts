/**
 * Messages of the control stream about the vertices themselves, in the frame of messages.ts:
 *
 *     NODE_PRESSURE  kind (1): 5, level (1), score (1), reasons (2)              both ends
 *     GOAWAY         kind (1): 6                                                 acceptor
 *     SESSION_READY  kind (1): 7, how many limits follow (1),
 *                    for each: number (2), value (8)                             both ends
 *     ROUTE_UPDATE   kind (1): 8, state (1), round trip in ms (4),
 *                    largest datagram (2)                                        both ends
 *
 * The last two have the content of their namesakes in data sessions (docs/protocol/data-session.md), for the mesh behind an
 * end. No end sends them yet, and a receiver ignores them.
 *
 * Further bytes of a body are of later versions, and ignored.
 */
import { readUint16, readUint32, readUint64, writeUint16, writeUint32, writeUint64 } from "@florenetes/wire-values";
import { PRESSURE_LEVELS, PRESSURE_REASONS, type PressureLevel, type PressureReason } from "@florenetes/process-kit";
import { SESSION_LIMITS_MAX } from "./limits.ts";
import { frame } from "./messages.ts";

const PRESSURE_KIND = 5;
const GOAWAY_KIND = 6;
const READY_KIND = 7;
const ROUTE_KIND = 8;
const LIMITS_AT = 2;
const LIMIT_SIZE = 10;
const ROUTE_SIZE = 8;
const SCORE_MAX = 100;

export interface NodePressure {
  readonly level: PressureLevel;
  /** From 0 to 100. */
  readonly score: number;
  readonly reasons: readonly PressureReason[];
}

export function encodePressure({ level, score, reasons }: NodePressure): Uint8Array {
  const bits = reasons.reduce((sum, reason) => sum | (1 << PRESSURE_REASONS.indexOf(reason)), 0);
  return frame(Uint8Array.of(PRESSURE_KIND, PRESSURE_LEVELS.indexOf(level), score, bits >> 8, bits));
}

/**
 * Undefined when the body is that of another kind of message, or too short. An unknown higher level counts as the
 * highest, a score above 100 as 100; reasons of later versions are left out.
 */
export function decodePressure(body: Uint8Array): NodePressure | undefined {
  if (body.length < 5 || body[0] !== PRESSURE_KIND) return undefined;
  return pressureOf(body[1]!, body[2]!, readUint16(body, 3));
}

/** The pressure that the numbers of a message mean. */
export function pressureOf(level: number, score: number, bits: number): NodePressure {
  return {
    level: PRESSURE_LEVELS[Math.min(level, PRESSURE_LEVELS.length - 1)]!,
    score: Math.min(score, SCORE_MAX),
    reasons: PRESSURE_REASONS.filter((_, bit) => ((bits >> bit) & 1) === 1),
  };
}

/** The acceptor is about to stop: the originator should connect elsewhere. */
export function decodeGoaway(body: Uint8Array): boolean {
  return body[0] === GOAWAY_KIND;
}

/** Limits of an end, by their numbers. */
export type SessionReady = readonly { readonly number: number; readonly value: number }[];

/** @param limits At most SESSION_LIMITS_MAX. */
export function encodeSessionReady(limits: SessionReady): Uint8Array {
  const body = new Uint8Array(LIMITS_AT + limits.length * LIMIT_SIZE);
  body[0] = READY_KIND;
  body[1] = limits.length;
  for (const [index, { number, value }] of limits.entries()) {
    writeUint16(body, LIMITS_AT + index * LIMIT_SIZE, number);
    writeUint64(body, LIMITS_AT + index * LIMIT_SIZE + 2, value);
  }
  return frame(body);
}

/** Undefined when the body is that of another kind of message, too short, or has too many limits. */
export function decodeSessionReady(body: Uint8Array): SessionReady | undefined {
  const count = body[1] ?? 0;
  const isWhole = body.length >= LIMITS_AT + count * LIMIT_SIZE;
  if (body.length < LIMITS_AT || body[0] !== READY_KIND || count > SESSION_LIMITS_MAX || !isWhole) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = LIMITS_AT + index * LIMIT_SIZE;
    return { number: readUint16(body, at), value: readUint64(body, at + 2) };
  });
}

/** The route behind an end. */
export interface RouteUpdate {
  readonly isUp: boolean;
  /** 0: not known. */
  readonly roundTripMs: number;
  /** The largest datagram that is carried in one piece; 0: not known. */
  readonly datagramSize: number;
}

export function encodeRouteUpdate({ isUp, roundTripMs, datagramSize }: RouteUpdate): Uint8Array {
  const body = new Uint8Array(ROUTE_SIZE);
  body[0] = ROUTE_KIND;
  body[1] = isUp ? 1 : 2;
  writeUint32(body, 2, roundTripMs);
  writeUint16(body, 6, datagramSize);
  return frame(body);
}

/** Undefined when the body is that of another kind of message, too short, or of an unknown state. */
export function decodeRouteUpdate(body: Uint8Array): RouteUpdate | undefined {
  const state = body[1];
  if (body.length < ROUTE_SIZE || body[0] !== ROUTE_KIND || (state !== 1 && state !== 2)) return undefined;
  return { isUp: state === 1, roundTripMs: readUint32(body, 2), datagramSize: readUint16(body, 6) };
}
