/** The words of an agent on records that people bring: it reads and judges them, and nothing here does. */
import { z } from "zod";
import type { HandedIn } from "../api/handed-in.ts";
import type { MissingQuorum } from "../fabric/resources.ts";

/** A record, as the agent sees it (`POST /inspect`). */
export interface Inspected {
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly expires: string;
  /** The octets that signers sign, in base64. */
  readonly payload: string;
  /** Lines for whoever is to sign, in which every character is seen. */
  readonly words: readonly string[];
  readonly signed: readonly string[];
  readonly missing: readonly MissingQuorum[];
  readonly isWhole: boolean;
  /** Why it would be refused with all signatures, too. */
  readonly fault: Refusal | null;
  readonly inForce: RecordInForce | null;
  /** The record as text, with all good signatures. */
  readonly record: string;
}

interface RecordInForce {
  readonly id: string;
  readonly epoch: number;
  readonly generation: number;
  readonly body?: unknown;
  /** The record as text. */
  readonly proof: string;
}

export interface Refusal {
  readonly reason: string;
  readonly text: string;
}

/** The agent, as far as it is asked for records that people bring. Both reject where it does not answer. */
export interface RecordsAgent {
  /** @param text a record as text, or copies of it that were signed apart */
  readonly inspect: (text: string) => Promise<Inspected | Refusal>;
  /** @param text records as text */
  readonly hand: (text: string) => Promise<HandedIn>;
}

const text = z.string();
const texts = z.array(text);
const count = z.number().nonnegative();
const refusal = z.object({ reason: text, text });

export const refusalForm: z.ZodType<Refusal> = refusal;

export const inspectedForm: z.ZodType<Inspected> = z.object({
  id: text,
  kind: text,
  scope: text,
  subject: text,
  epoch: count,
  expires: z.iso.datetime(),
  payload: text,
  words: texts,
  signed: texts,
  missing: z.array(z.object({ authority: text, threshold: count, signed: texts, others: texts })),
  isWhole: z.boolean(),
  fault: refusal.nullable(),
  inForce: z.object({ id: text, epoch: count, generation: count, body: z.unknown(), proof: text }).nullable(),
  record: text,
});
