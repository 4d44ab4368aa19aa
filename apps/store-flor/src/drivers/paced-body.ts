import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ByteRange } from "../serving/byte-range.ts";
import { PIECE_SIZE } from "../serving/limits.ts";
import type { OctetRate } from "../serving/octet-rate.ts";
import { PIECE_MS } from "./limits.ts";

export interface PacedBodyOptions {
  /** Octets from a place on, at most so many; none: there are no more. */
  readonly read: (at: number, size: number) => Promise<Uint8Array>;
  readonly range: ByteRange;
  readonly response: ServerResponse;
  /** All of them are kept. */
  readonly rates: readonly OctetRate[];
  readonly time: ProcessTime;
  /** Ends the body. */
  readonly signal: AbortSignal;
  readonly onOctets: (octets: number) => void;
}

/** The end of a body: all was sent; the reader was too slow; the reader, or the file, ended before. */
export type BodyEnd = "sent" | "slow" | "gone" | "short";

/** Sends octets of a file, piece by piece: no more of them is in memory than one piece, however slow the reader is. */
export async function sendBody(options: PacedBodyOptions): Promise<BodyEnd> {
  const { read, range, response, rates, time, signal, onOctets } = options;
  try {
    for (let at = range.first; at <= range.last;) {
      const piece = await read(at, Math.min(PIECE_SIZE, range.last + 1 - at));
      if (piece.length === 0) return "short";
      signal.throwIfAborted();
      at += piece.length;
      const waitMs = Math.max(0, ...rates.map((rate) => rate.take(piece.length, time.now())));
      const isTaken = response.write(piece);
      onOctets(piece.length);
      if (!isTaken && !(await isDrained(response, signal))) return "slow";
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    }
    return "sent";
  } catch (error) {
    if (signal.aborted) return "gone";
    throw error;
  }
}

/** Reads octets of a file for `sendBody`. */
export async function readPiece(handle: FileHandle, at: number, size: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, at);
  return buffer.subarray(0, bytesRead);
}

async function isDrained(response: ServerResponse, signal: AbortSignal): Promise<boolean> {
  const late = AbortSignal.timeout(PIECE_MS);
  try {
    await once(response, "drain", { signal: AbortSignal.any([signal, late]) });
    return true;
  } catch (error) {
    if (late.aborted) return false;
    throw error;
  }
}
