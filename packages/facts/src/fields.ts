/** The values that payloads are made of, each with one spelling. */
import { isName } from "@florenetes/operator-text";
import { z } from "zod";
import { ENTRIES_MAX, INTEGER_MAX, RANK_MAX } from "./limits.ts";

/** The form of `Date.toISOString`: milliseconds and `Z`, always. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const HASH = /^[0-9a-f]{64}$/;

/** Whether a text is 32 octets in lower-case hex: a raw key or a SHA-256. */
export function isHash(text: string): boolean {
  return HASH.test(text);
}

export const nameField: z.ZodString = z.string().refine(isName);
/** 32 octets in lower-case hex: a raw key or a SHA-256. */
export const hashField: z.ZodString = z.string().regex(HASH);
/** Integers from 0 on. */
export const integerField: z.ZodInt = z.int().min(0).max(INTEGER_MAX);
/** Priority, weight or trust tier. */
export const rankField: z.ZodInt = z.int().min(0).max(RANK_MAX);
/** A list of names, each of them once. */
export const namesField: z.ZodType<readonly string[]> = distinct(nameField, (name) => name);

/** `2026-11-25T12:00:00.000Z`, as milliseconds since 1970, which no time is before. */
export const timeField: z.ZodType<number, string> = z
  .string()
  .regex(TIME)
  .refine((text) => parseTime(text) !== undefined)
  .transform((text) => parseTime(text)!);

/** A list of at most `most` entries, no two of which have the same key. */
export function distinct<Value>(
  entry: z.ZodType<Value>,
  keyOf: (value: Value) => string,
  most: number = ENTRIES_MAX,
): z.ZodType<readonly Value[]> {
  return z
    .array(entry)
    .max(most)
    .refine((values) => new Set(values.map(keyOf)).size === values.length);
}

/** `cluster`, or `org/` and the name of an organization. */
export function isScope(text: string): boolean {
  return text === "cluster" || (text.startsWith("org/") && isName(text.slice("org/".length)));
}

/** The text of a time. */
export function formatTime(time: number): string {
  return new Date(time).toISOString();
}

function parseTime(text: string): number | undefined {
  const time = new Date(text).getTime();
  return time >= 0 && formatTime(time) === text ? time : undefined;
}
