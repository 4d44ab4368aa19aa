import { EXIT_CODES, formatOperatorError, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { bringLists, type BroughtLists } from "./bring-lists.ts";
import { keepIdentities, type KeptOutcome, nameOf } from "./keep-identities.ts";
import { loadRenewalConfig } from "./renewal-config.ts";

const DAY_MS = 86_400_000;
const UNREACHABLE = "ERR_FLOR_ISSUER_UNREACHABLE" satisfies keyof typeof FLOR_ERRORS;

/** Renews what is due, and tells the outcome. The exit code is 0 unless an identity is overdue, or not in order. */
export async function keepByConfig(file: string, output: Output): Promise<number> {
  const config = await loadRenewalConfig(file);
  const outcomes = await keepIdentities(config);
  const now = new Date();
  const late = outcomes.map((outcome) => tell(outcome, now, output));
  // An issuer that did not answer is not asked once more.
  const isSilent = outcomes.some(({ problem }) => (problem as OperatorError | undefined)?.code === UNREACHABLE);
  if (!isSilent) tellLists(await bringLists(config), output);
  return late.includes(true) ? EXIT_CODES.failed : EXIT_CODES.ok;
}

function tellLists({ folders, problems }: BroughtLists, output: Output): void {
  for (const folder of folders) output.out(`${folder}: a newer revocation list is there`);
  for (const problem of problems) output.err(`no revocation lists from the issuer: ${linesOf(problem)}`);
}

/** Tells one outcome, and returns whether somebody has to act. */
function tell(outcome: KeptOutcome, now: Date, output: Output): boolean {
  const { state, problem, times } = outcome;
  const name = nameOf(outcome);
  if (state === "renewed") output.out(`${name}: renewed, ends ${times!.endsAt.toISOString()}`);
  if (state === "waits")
    output.out(`${name}: ends ${times!.endsAt.toISOString()}, is renewed from ${times!.dueAt.toISOString()} on`);
  if (problem !== undefined) output.err(`${name} is not renewed: ${linesOf(problem)}`);
  if (times === undefined) return true;
  if (now < times.overdueAt) return false;
  const end = times.endsAt.toISOString();
  const left = times.endsAt.getTime() - now.getTime();
  const days = left < 2 * DAY_MS ? "" : `, in ${Math.floor(left / DAY_MS)} days`;
  const message = `${name} ${left < 0 ? "has ended" : "ends"} on ${end.slice(0, 10)} at ${end.slice(11, 16)}Z${days}, and is not renewed`;
  const { advice } = FLOR_ERRORS.ERR_FLOR_RENEWAL_OVERDUE;
  output.err(`warning: ${linesOf(new OperatorError("ERR_FLOR_RENEWAL_OVERDUE", message, { advice }))}`);
  return true;
}

/** The lines of an error, behind words that stand for its first one. */
function linesOf(error: Error): string {
  return formatOperatorError(error).replace(/^error: /, "");
}
