/** Answers of an agent that carries letters (docs/operate/fabric.md, "The control API"). */
import { z } from "zod";
import type { NoAnswer } from "../mail/replica-reader.ts";

type LetterOutcome = "answered" | NoAnswer;

interface ToldLetter {
  readonly number: number;
  /** The sender, whose key the agent has checked. */
  readonly node: string;
  /** In base64, as the bodies of answers. */
  readonly body: string;
}

export const toldLetters: z.ZodType<{ readonly letters: readonly ToldLetter[] }> = z.object({
  letters: z.array(z.object({ number: z.int().positive(), node: z.string(), body: z.base64() })),
});

export const toldOutcome: z.ZodType<{ readonly outcome: LetterOutcome; readonly body: string }> = z.object({
  outcome: z.enum(["answered", "unanswered", "no-way", "unknown-kind", "unknown-sender", "malformed", "busy"]),
  body: z.base64(),
});
