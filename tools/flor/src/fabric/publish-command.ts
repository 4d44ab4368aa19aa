import { REASONS, writeRecordText } from "@florenetes/facts";
import { EXIT_CODES, foreignText } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { type RecordFile, readRecordsFile } from "./record-files.ts";

/** Characters of what an agent says of one record. */
const TEXT_LENGTH_MAX = 2_000;
const HASH_LENGTH = 64;

/** The judgement of an agent on a record. */
export interface Outcome {
  readonly id: string | null;
  readonly outcome: "taken" | "known" | "refused";
  readonly reason?: string | undefined;
  readonly text?: string | undefined;
}

const answerForm: z.ZodType<{ readonly records: readonly Outcome[] }> = z.object({
  records: z.array(
    z.object({
      id: z.string().max(HASH_LENGTH).nullable(),
      outcome: z.enum(["taken", "known", "refused"]),
      reason: z.string().optional(),
      text: z.string().optional(),
    }),
  ),
});

/** `flor fabric publish`. */
export function addPublishCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("publish")
    .description("hand records to an agent, which judges them and passes them on: any agent of the cluster will do")
    .argument("<file...>", "records as text")
    .requiredOption("--agent <socket>", "the agent's admin or control socket, or that of its `api`")
    .option("--json", "for programs")
    .action((files: readonly string[], options: { readonly agent: string; readonly json?: true }) =>
      publish(files, options, output, finish),
    );
}

async function publish(
  files: readonly string[],
  { agent, json }: { readonly agent: string; readonly json?: true },
  output: Output,
  finish: (exitCode: number) => void,
): Promise<void> {
  const records = files.flatMap(readRecordsFile);
  const outcomes = await handRecordsOn(records, agent);
  if (json === true) output.out(JSON.stringify({ records: outcomes }, undefined, 2));
  else for (const [index, outcome] of outcomes.entries()) output.out(describeOutcome(records[index]!.file, outcome));
  finish(outcomes.some(({ outcome }) => outcome === "refused") ? EXIT_CODES.failed : EXIT_CODES.ok);
}

/** Hands records to an agent, and tells what it makes of each. Throws ERR_ADMIN_…. */
export async function handRecordsOn(
  records: readonly Pick<RecordFile, "octets">[],
  agent: string,
): Promise<readonly Outcome[]> {
  const body = records.map(({ octets }) => writeRecordText(octets)).join("");
  const isAnswer = (value: unknown): boolean => answerForm.safeParse(value).success;
  const answer = answerForm.safeParse(await requestAdmin(agent, "/records", { method: "POST", body, isAnswer }));
  if (answer.success && answer.data.records.length === records.length) return answer.data.records;
  throw answerError(agent, "answered what is no judgement of the records");
}

/** A line for people. */
export function describeOutcome(file: string, { id, outcome, reason, text }: Outcome): string {
  const name = id === null ? "" : `  sha256:${foreignText(id, HASH_LENGTH)}`;
  if (outcome === "taken" && text !== undefined) return `taken  ${file}${name}: ${foreignText(text, TEXT_LENGTH_MAX)}`;
  if (outcome !== "refused") return `${outcome}  ${file}${name}`;
  const sentence =
    text ?? (reason !== undefined && Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : "");
  return `refused  ${file}${name}: ${foreignText(`${reason ?? "no reason"}: ${sentence}`, TEXT_LENGTH_MAX)}`;
}
