import { readFileSync } from "node:fs";
import type { Frame } from "../src/frames.ts";

export interface FrameVector {
  readonly name: string;
  readonly hex: string;
  readonly frame?: Record<string, unknown>;
  readonly canonical?: boolean;
  readonly skipped?: boolean;
  readonly incomplete?: boolean;
  readonly code?: string;
}

export interface SessionVector {
  readonly name: string;
  readonly role: "workload" | "vertex";
  readonly hex: readonly string[];
  readonly events?: readonly string[];
  readonly by?: "own" | "peer";
  readonly code?: string;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
}

export const frameVectors: readonly FrameVector[] = (read("frames") as { frames: FrameVector[] }).frames;
export const sessionVectors: readonly SessionVector[] = (read("sessions") as { sessions: SessionVector[] }).sessions;

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** A frame with its bytes in hex, as vectors have it. */
export function inHex(frame: Frame): Record<string, unknown> {
  return "bytes" in frame ? { ...frame, bytes: toHex(frame.bytes) } : { ...frame };
}

/** The frame that a vector describes. */
export function frameOf(described: Record<string, unknown>): Frame {
  const { bytes } = described;
  return (typeof bytes === "string" ? { ...described, bytes: fromHex(bytes) } : described) as Frame;
}
