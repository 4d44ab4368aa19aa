/** The commands `apply`, `confirm` and `back`: a process takes a config for a time, and keeps it only when somebody confirms it. */
import { setTimeout as sleep } from "node:timers/promises";
import { foreignLines, EXIT_CODES, type Finding, OperatorError } from "@florenetes/operator-text";
import type { Command } from "commander";
import { requestAdmin } from "../admin/admin-client.ts";
import { isWhole, verdictLines } from "../admin/verdict.ts";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { ADMIN_BODY_SIZE_MAX, RELOAD_MS_MAX } from "../limits.ts";
import { ConfigDraft } from "./config-draft.ts";
import { parseConfirmWithin } from "./control.ts";
import { exitCodeOfReload, printOutcome, readOutcome } from "./reload-command.ts";
import type { ReloadOutcome } from "../config/reload-outcome.ts";
import { findingsOf } from "./status-command.ts";

/** Between two looks at the status. */
const LOOK_MS = 250;
/** How long a process has to be whole: a config does not always break things at once. */
const WHOLE_FOR_MS = 2_000;

/** The sockets of a process. */
export interface ProcessSockets {
  readonly admin: string;
  readonly control: string;
}

interface ApplyCommandOptions {
  readonly config: string;
  readonly confirmWithin: string;
  readonly wholeWithin: string;
  readonly notYet?: readonly string[];
}

/**
 * Adds the commands to a program.
 *
 * @param socketsOf The sockets that a config file names.
 * @param exit Takes the exit code.
 */
export function addApplyCommands(
  program: Command,
  socketsOf: (configFile: string) => Promise<ProcessSockets>,
  exit: (code: number) => void,
): void {
  const configOption = ["-c, --config <file>", "the config file of the running process (YAML)"] as const;
  program
    .command("apply")
    .description("have the running process take the config on stdin until it is confirmed, and see whether all is well")
    .requiredOption(...configOption)
    .option("--confirm-within <time>", "the former config is taken again after so long without `confirm`", "2min")
    .option("--whole-within <time>", "and at once, when not all is as it should be after so long", "30s")
    .option("--not-yet <link...>", "links, as <peer>/<tag>, that do not count: their other ends are not ready yet")
    .action(async (options: ApplyCommandOptions) => {
      exit(await applyInput(program.name(), await socketsOf(options.config), options));
    });
  program
    .command("confirm")
    .description("have the config on stdin, which was given to `apply`, stay, and write it to the config file")
    .requiredOption(...configOption)
    .action(async ({ config }: { readonly config: string }) => {
      const { control } = await socketsOf(config);
      const text = await readInput();
      using draft = ConfigDraft.write(config, text);
      const outcome = await order(control, "/config/confirm", text);
      // Only this last step can still fail.
      if (outcome.ok) draft.put();
      exit(tell(outcome));
    });
  program
    .command("back")
    .description("have the running process return to the former config at once, if one waits for `confirm`")
    .requiredOption(...configOption)
    .action(async ({ config }: { readonly config: string }) => {
      exit(tell(await order((await socketsOf(config)).control, "/config/back")));
    });
}

async function applyInput(
  program: string,
  { admin, control }: ProcessSockets,
  { confirmWithin, wholeWithin, notYet = [] }: ApplyCommandOptions,
): Promise<number> {
  const wholeWithinMs = parseConfirmWithin(wholeWithin);
  if (wholeWithinMs >= parseConfirmWithin(confirmWithin)) {
    const advice = "Give --confirm-within a longer time than --whole-within.";
    throw failure("ERR_USAGE", "no time would be left to confirm the config", advice, EXIT_CODES.misconfigured);
  }
  const text = await readInput();
  const outcome = await order(control, `/config?confirm-within=${encodeURIComponent(confirmWithin)}`, text);
  if (outcome.refused !== undefined) return tell(outcome);
  printOutcome({ ...outcome, ok: false });
  const findings = await untilWhole(() => judge(program, admin, new Set(notYet)), wholeWithinMs);
  if (isWhole(findings)) {
    process.stdout.write(`whole, and to be confirmed within ${confirmWithin}\n`);
    return EXIT_CODES.ok;
  }
  process.stderr.write(`${foreignLines(verdictLines(findings, "").join("\n"))}\n`);
  const back = await order(control, "/config/back");
  const advice = back.ok
    ? "The former config is in use again. See the log and `status` for what is missing."
    : "The former config could not be taken again in full: see the log and `status`.";
  const message = `with this config not all is as it should be after ${wholeWithin}`;
  throw failure("ERR_CONFIG_NOT_WHOLE", message, advice, EXIT_CODES.failed);
}

/** Looks until nothing is wrong for a while, or the time is over; resolves with the last findings. */
async function untilWhole(look: () => Promise<readonly Finding[]>, withinMs: number): Promise<readonly Finding[]> {
  const endsAt = performance.now() + withinMs;
  for (let wholeSince = Infinity; ;) {
    const findings = await look();
    const now = performance.now();
    wholeSince = isWhole(findings) ? Math.min(wholeSince, now) : Infinity;
    if (now - wholeSince >= WHOLE_FOR_MS || now >= endsAt) return findings;
    await sleep(LOOK_MS);
  }
}

async function judge(program: string, admin: string, notYet: ReadonlySet<string>): Promise<readonly Finding[]> {
  try {
    const findings = findingsOf(program, admin, await requestAdmin(admin, "/status"));
    // A service's target is no part of the config: another config would not mend it.
    return findings.filter(({ about, link }) => about !== "target" && (link === undefined || !notYet.has(link)));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [{ weight: "fault", text: `it does not answer: ${error.message}`, advice: error.advice }];
  }
}

async function order(control: string, route: string, body?: string): Promise<ReloadOutcome> {
  const options = { method: "POST", timeoutMs: RELOAD_MS_MAX, ...(body !== undefined && { body }) } as const;
  return readOutcome(await requestAdmin(control, route, options), control);
}

function tell(outcome: ReloadOutcome): number {
  printOutcome(outcome);
  return exitCodeOfReload(outcome);
}

/** @throws OperatorError `ERR_CONFIG_INPUT` */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > ADMIN_BODY_SIZE_MAX) break;
  }
  if (size > 0 && size <= ADMIN_BODY_SIZE_MAX) return Buffer.concat(chunks).toString();
  const message = size === 0 ? "there is no config on stdin" : "what is on stdin is too large for a config";
  throw failure("ERR_CONFIG_INPUT", message, "Give it the config: < cluster-flor.yaml.", EXIT_CODES.misconfigured);
}

function failure(code: ProcessKitErrorCode, message: string, advice: string, exitCode: number): OperatorError {
  return new OperatorError(code, message, { advice, exitCode });
}
