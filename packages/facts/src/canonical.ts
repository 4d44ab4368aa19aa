/**
 * Payloads are JSON objects in the canonical form of RFC 8785, whose numbers are integers from 0 to 2^53-1. A payload is read by
 * writing it anew and comparing the octets: so a doubled member, `-0`, an escape too many and white space are refused by one rule,
 * and no payload has two readings.
 */
import canonicalize from "canonicalize";
import { INTEGER_MAX, JSON_DEPTH_MAX } from "./limits.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The object that canonical octets hold; undefined for anything else. */
export function readCanonical(octets: Uint8Array): JsonObject | undefined {
  // Everything behind this line may go down into what it reads: the depth is known by then.
  if (isTooDeep(octets)) return undefined;
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(octets));
    if (!isObject(value) || !hasPlainNumbers(value)) return undefined;
    return Buffer.from(canonicalize(value)!).equals(octets) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The canonical octets of an object. Throws a RangeError for one that `readCanonical` would not give back. */
export function writeCanonical(value: JsonObject): Buffer<ArrayBuffer> {
  const octets = Buffer.from(canonicalize(value)!);
  if (readCanonical(octets) === undefined) throw new RangeError("the object is too deep, or has numbers that are none");
  return octets;
}

/** Whether two objects that were read have the same octets. */
export function isSameObject(a: JsonObject, b: JsonObject): boolean {
  return canonicalize(a) === canonicalize(b);
}

/** Looks for brackets outside of texts, and stops at the first one that is too deep. */
function isTooDeep(octets: Uint8Array): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (isText) {
      if (octet === BACKSLASH) at++;
      else if (octet === QUOTE) isText = false;
    } else if (octet === QUOTE) isText = true;
    else if (octet === OPEN_LIST || octet === OPEN_OBJECT) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (octet === CLOSE_LIST || octet === CLOSE_OBJECT) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function hasPlainNumbers(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= INTEGER_MAX;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(hasPlainNumbers);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
