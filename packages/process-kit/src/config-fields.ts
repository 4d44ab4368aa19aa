import { z } from "zod";
import type { ProblemParams } from "./schema-problems.ts";

/** What is asked of a text in a config file, and what is said when it is not so. */
export interface FieldRule extends ProblemParams {
  readonly test: (text: string) => boolean;
  /** As "a name is …". */
  readonly message: string;
}

/** A text with a rule, whose code and advice reach the operator. */
export function checkedText(rule: FieldRule): z.ZodString {
  const { test, message, code, advice } = rule;
  return z.string().refine(test, { error: message, params: { code, advice } satisfies ProblemParams });
}
