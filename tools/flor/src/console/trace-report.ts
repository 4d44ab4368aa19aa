/** The answer of a node to a trace, as far as it is shown. Texts are safe to show. */
import { foreignText } from "@florenetes/operator-text";
import { z } from "zod";
import { TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { readProgramOutput } from "../mesh-status/program-output.ts";
import { HOPS_MAX } from "./limits.ts";

export interface TracedHop {
  readonly label: number;
  readonly told: {
    readonly vertex: string;
    /** The link that the label leads to. */
    readonly outLink?: { readonly peer: string; readonly isUp: boolean } | undefined;
    readonly service: string;
  } | null;
  /** The vertex before it that dropped the question. */
  readonly stopped: { readonly vertex: string } | null;
  readonly proof: string;
  readonly proofText: string;
  readonly sent: number;
  readonly received: number;
  readonly rttMs: { readonly min: number; readonly mean: number; readonly max: number } | null;
}

export interface TracedPath {
  readonly path: string;
  readonly vertex: string;
  readonly firstLink: { readonly peer: string; readonly isUp: boolean } | null;
  readonly hops: readonly TracedHop[];
  readonly outcome: "reached" | "broken" | "refused" | "targetDown";
  readonly text: string;
}

/** The report of a node about a path, or why there is none. */
export type TraceAnswer = { readonly report: TracedPath } | { readonly silence: string };

/** The last line has the words of several hops. */
const OUTCOME_LENGTH_MAX = 2_000;

const textOf = (lengthMax: number): z.ZodType<string> => z.string().transform((value) => foreignText(value, lengthMax));
const text = textOf(TEXT_LENGTH_MAX);
const count = z.number().nonnegative();
const link = z.object({ peer: text, isUp: z.boolean() });

const reportForm: z.ZodType<TracedPath> = z.object({
  path: text,
  vertex: text,
  firstLink: link.nullable(),
  hops: z
    .array(
      z.object({
        label: count,
        told: z.object({ vertex: text, outLink: link.optional(), service: text }).nullable(),
        stopped: z.object({ vertex: text }).nullable(),
        proof: text,
        proofText: text,
        sent: count,
        received: count,
        rttMs: z.object({ min: count, mean: count, max: count }).nullable(),
      }),
    )
    .max(HOPS_MAX),
  outcome: z.enum(["reached", "broken", "refused", "targetDown"]),
  text: textOf(OUTCOME_LENGTH_MAX),
});

export function readTraceReport(answer: unknown): TraceAnswer {
  const { success, data } = reportForm.safeParse(answer);
  return success ? { report: data } : { silence: "it answers what is no report of a trace of this version" };
}

/** Reads the output of a node's script. Any output becomes an answer, or a reason why there is none. */
export function readTraceOutput(output: string): TraceAnswer {
  return readProgramOutput(output.split("\n"), readTraceReport);
}
