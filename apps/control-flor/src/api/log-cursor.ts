/** The place behind a page of entries, so that another replica goes on there. */
import { ApiError } from "./exchange.ts";

export interface LogCursor {
  /** The log's name. */
  readonly log: string;
  /** Entries that the replica of the first page had read. */
  readonly size: number;
  /** The last index that was told: the next page begins below it. */
  readonly index: number;
  /** The hash that the entry of this index names for the one before; undefined: there was none of this index. */
  readonly prior: string | undefined;
}

export function writeLogCursor({ log, size, index, prior = "" }: LogCursor): string {
  return Buffer.from(`${log} ${size} ${index} ${prior}`).toString("base64url");
}

const FORM = /^([a-z0-9][a-z0-9._-]{0,127}) ([1-9]\d{0,15}) ([1-9]\d{0,15}) ([0-9a-f]{64})?$/;

/** @throws ApiError ERR_CONTROL_CURSOR */
export function readLogCursor(text: string): LogCursor {
  const octets = Buffer.from(text, "base64url");
  const [, log, size, index, prior] = FORM.exec(octets.toString("latin1")) ?? [];
  const isCursor = octets.toString("base64url") === text && log !== undefined && isNumber(size) && isNumber(index);
  if (!isCursor || Number(index) > Number(size)) throw new ApiError("ERR_CONTROL_CURSOR", "`after` is no cursor");
  return { log, size: Number(size), index: Number(index), prior };
}

function isNumber(text: string | undefined): boolean {
  return Number.isSafeInteger(Number(text));
}
