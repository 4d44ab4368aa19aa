/**
 * Messages of the control stream about the vertices themselves, in the frame of messages.ts:
 *
 *     NODE_PRESSURE  kind (1): 5, level (1), score (1), reasons (2)              both ends
 *     GOAWAY         kind (1): 6                                                 acceptor
 *
 * Bytes of a body behind those are of later versions, and ignored.
 */
import { readUint16 } from "@florenetes/big-endian";
import { PRESSURE_LEVELS, PRESSURE_REASONS, type PressureLevel, type PressureReason } from "@florenetes/process-kit";
import { frame } from "./messages.ts";

const PRESSURE_KIND = 5;
const GOAWAY_KIND = 6;
const SCORE_MAX = 100;

/** How loaded a vertex is. */
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
 * Undefined when the body is that of another kind of message, or too short. A level above those that are known counts as the highest,
 * a score above 100 as 100; reasons of later versions are left out.
 */
export function decodePressure(body: Uint8Array): NodePressure | undefined {
  if (body.length < 5 || body[0] !== PRESSURE_KIND) return undefined;
  return pressureOf(body[1]!, body[2]!, readUint16(body, 3));
}

/** The pressure that the numbers of a message stand for. */
export function pressureOf(level: number, score: number, bits: number): NodePressure {
  return {
    level: PRESSURE_LEVELS[Math.min(level, PRESSURE_LEVELS.length - 1)]!,
    score: Math.min(score, SCORE_MAX),
    reasons: PRESSURE_REASONS.filter((_, bit) => ((bits >> bit) & 1) === 1),
  };
}

/** The acceptor is about to go: the originator had better have a connection elsewhere. */
export function decodeGoaway(body: Uint8Array): boolean {
  return body[0] === GOAWAY_KIND;
}
