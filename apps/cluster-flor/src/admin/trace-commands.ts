import { OperatorError } from "@florenetes/operator-text";
import { type QuestionAnswer, type QuestionCommand, type QuestionOptions, requestAdmin } from "@florenetes/process-kit";
import type { ClusterConfigErrorCode } from "../config/config-errors.ts";
import { ROUNDS_MAX } from "../trace/limits.ts";
import type { TraceOutcome, TraceReport } from "../trace/trace-report.ts";
import { renderPing, renderTrace } from "./render-trace.ts";

/** Exit codes of `trace` and `ping` by their outcome. The codes between have a meaning for all programs. */
const TRACE_EXIT_CODES: Readonly<Record<TraceOutcome, number>> = { reached: 0, broken: 1, refused: 4, targetDown: 5 };

/** The time for an answer, in addition to that of all rounds' questions. */
const ANSWER_MS_MAX = 30_000;

const target = ["<target>", "the address at which a tunnel listens, a path, or a tunnel's service"] as const;

/** `cluster-flor trace` and `cluster-flor ping`. */
export const TRACE_COMMANDS: readonly QuestionCommand[] = [
  {
    name: "trace",
    description: "follow a tunnel or a path hop by hop, and say where it ends and why",
    argument: target,
    options: [["-n, --count <n>", "questions to each hop"]],
    ask: (path, name, options) => ask(path, name, options, false),
  },
  {
    name: "ping",
    description: "ask the vertex at the far end of a tunnel or a path for signs of life",
    argument: target,
    options: [["-n, --count <n>", "how many questions"]],
    ask: (path, name, options) => ask(path, name, options, true),
  },
];

async function ask(
  adminPath: string,
  name: string,
  { count }: QuestionOptions,
  isPing: boolean,
): Promise<QuestionAnswer> {
  const query = new URLSearchParams({ target: name });
  if (count !== undefined) query.set("rounds", String(roundsOf(count)));
  if (isPing) query.set("ping", "");
  const settings = { method: "POST", timeoutMs: ANSWER_MS_MAX } as const;
  const report = (await requestAdmin(adminPath, `/trace?${query.toString()}`, settings)) as TraceReport;
  const text = isPing ? renderPing(report) : renderTrace(report);
  return { json: report, text, exitCode: TRACE_EXIT_CODES[report.outcome] };
}

function roundsOf(count: string | true): number {
  const rounds = Number(count);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= ROUNDS_MAX) return rounds;
  const code: ClusterConfigErrorCode = "ERR_TRACE_OPTION";
  throw new OperatorError(code, `--count takes no "${String(count)}"`, {
    advice: `Give a number from 1 to ${ROUNDS_MAX}.`,
  });
}
