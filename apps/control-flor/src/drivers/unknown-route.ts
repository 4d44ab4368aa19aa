import { z } from "zod";

/** The answer of an agent of an earlier version to a question that it does not know. */
export const unknownRoute: z.ZodType<{ readonly code: "ROUTE" }> = z.object({ code: z.literal("ROUTE") });

export function isUnknownRoute(answer: unknown): boolean {
  return unknownRoute.safeParse(answer).success;
}
