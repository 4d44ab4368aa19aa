import { z } from "zod";

/** Outcomes of records that were handed in, each in its place: the words of the agent. */
export interface HandedIn {
  readonly records: readonly {
    readonly id: string | null;
    readonly outcome: "taken" | "known" | "refused";
    /** The HTTP status that this outcome alone would have. */
    readonly status: number;
    readonly reason?: string | undefined;
    readonly text?: string | undefined;
  }[];
}

export const handedInForm: z.ZodType<HandedIn> = z.object({
  records: z.array(
    z.object({
      id: z.string().nullable(),
      outcome: z.enum(["taken", "known", "refused"]),
      status: z.number().int().min(0),
      reason: z.string().optional(),
      text: z.string().optional(),
    }),
  ),
});

/** Statuses of outcomes, from the worst on: an answer for several records has that of the worst (docs/operate/fabric.md, "The control API"). */
const WORST_FIRST: readonly number[] = [403, 422, 409, 507, 503];

export function statusOf({ records }: HandedIn): number {
  return WORST_FIRST.find((each) => records.some(({ status }) => status === each)) ?? 200;
}
