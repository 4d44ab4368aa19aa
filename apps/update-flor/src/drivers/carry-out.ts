/** Carries out an update by its journal: each step is on the disk before its command begins. */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, syncFolder } from "@florenetes/process-kit";
import type { Journal, PlacedPackage } from "../journal/journal.ts";
import { type Command, nextStep, resumeUpdate, type Step } from "../journal/update-steps.ts";
import { fileNameOf, type Outcome, outcomeOf, settled, underWay } from "../journal/update-status.ts";
import { CONFIGURE_MS_MAX, INSTALL_MS_MAX } from "../limits.ts";
import { whyNotInPlace, whyNotWhole } from "../whole/judge-node.ts";
import type { Reason, UpdateErrorCode } from "../update-errors.ts";
import { installedPackages, readNode, toldVersions } from "./node-reader.ts";
import { removeRunner, removeUndoUnit } from "./runner.ts";
import type { StateFolder } from "./state-folder.ts";
import { type Ended, lastLine, runSystem } from "./system.ts";

const DPKG = ["dpkg", "--force-confdef", "--force-confold"] as const;
/** Another program may have dpkg's lock for a while. */
const LOCK_TRIES = 60;
const LOCK_PAUSE_MS = 2_000;
const LOCKED = "lock was locked";
/** Time between two looks at a node. */
const POLL_MS = 1_000;

/**
 * Goes on with the update whose journal is in the state folder, to its end.
 *
 * @param mayBegin whether an update that has changed nothing begins
 * @returns how it ended; undefined: there is no journal
 */
export async function carryOut(state: StateFolder, mayBegin: boolean, log: Logger): Promise<Outcome | undefined> {
  const found = state.journal();
  if (found === undefined) return undefined;
  let step: Step = resumeUpdate(found, mayBegin);
  for (;;) {
    const { journal, command } = step;
    state.putJournal(journal);
    log.info(
      { code: "UPDATE_STEP", version: journal.release.version, phase: journal.phase },
      `the update is at ${journal.phase}`,
    );
    if (command !== "tidy") state.putStatus(underWay(state.status(), journal));
    const failure = await COMMANDS[command](journal, state, log);
    if (failure !== undefined) log.warn({ ...failure, phase: journal.phase }, failure.message);
    const next = nextStep(journal, failure);
    if (next === undefined) return outcomeOf(journal);
    step = next;
  }
}

/** Carries out a command, and returns why it did not do what it should. */
type Action = (journal: Journal, state: StateFolder, log: Logger) => Promise<Reason | undefined>;

const COMMANDS: Readonly<Record<Command, Action>> = {
  install: ({ wished }, state, log) => install(wished, state, log),
  return: async ({ former }, state, log) => {
    // Whatever is in order half-way is finished first. A script that fails here belongs to a package that is replaced now.
    await dpkg(["--configure", "-a"], log, CONFIGURE_MS_MAX);
    const packages = await installedPackages();
    const others = former.filter((each) => whyNotInPlace({ packages }, [each]) !== undefined);
    const failure = others.length === 0 ? undefined : await install(others, state, log);
    if (failure !== undefined) return failure;
    const why = whyNotInPlace({ packages: await installedPackages() }, former);
    return why === undefined ? undefined : reason("ERR_UPDATE_INSTALL", `the node ${why}`);
  },
  restart: ({ units }) => restartUnits(units),
  judge,
  tidy: async (journal, state) => {
    await tidy(journal, state);
    return undefined;
  },
};

async function install(
  packages: readonly PlacedPackage[],
  state: StateFolder,
  log: Logger,
): Promise<Reason | undefined> {
  const { code, output } = await dpkg(["--install", ...packages.map((each) => state.placeOf(each))], log);
  return code === 0
    ? undefined
    : reason("ERR_UPDATE_INSTALL", `dpkg ended with ${code ?? "no code"}: ${complaintOf(output)}`);
}

async function dpkg(args: readonly string[], log: Logger, timeoutMs: number = INSTALL_MS_MAX): Promise<Ended> {
  for (let tries = 1; ; tries++) {
    const ended = await runSystem([...DPKG, ...args], timeoutMs);
    log.info(
      { code: "UPDATE_DPKG", args, exit: ended.code, output: ended.output },
      `dpkg ${args[0]} ended with ${ended.code ?? "no code"}`,
    );
    if (ended.code === 0 || !ended.output.includes(LOCKED) || tries === LOCK_TRIES) return ended;
    await sleep(LOCK_PAUSE_MS);
  }
}

/** The lines in which dpkg says what went wrong, and why; its last lines only name the packages. */
function complaintOf(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => /\berror\b/i.test(line));
  return at < 0 ? lastLine(output) : lines.slice(at, at + 2).join(" ");
}

/** Restarts units one after the other in their order: each begins when the one before serves. */
export async function restartUnits(units: readonly string[]): Promise<Reason | undefined> {
  await runSystem(["systemctl", "daemon-reload"], INSTALL_MS_MAX);
  if (units.length === 0) return undefined;
  // A unit that has failed often may be started all the same.
  await runSystem(["systemctl", "reset-failed", ...units]);
  const failed: string[] = [];
  for (const unit of units) {
    const { code, output } = await runSystem(["systemctl", "restart", unit], INSTALL_MS_MAX);
    if (code !== 0) failed.push(`${unit}: ${lastLine(output)}`);
  }
  return failed.length === 0 ? undefined : reason("ERR_UPDATE_RESTART", `not restarted: ${failed.join("; ")}`);
}

async function judge(journal: Journal): Promise<Reason | undefined> {
  const deadline = performance.now() + journal.wholeWithinMs;
  const told = await toldVersions();
  for (;;) {
    const why = await whyNot(journal, told);
    if (why === undefined) return undefined;
    if (performance.now() >= deadline) return reason("ERR_UPDATE_NOT_WHOLE", `the node ${why}`);
    await sleep(POLL_MS);
  }
}

async function whyNot(journal: Journal, told: ReadonlyMap<string, string>): Promise<string | undefined> {
  try {
    return whyNotWhole(journal, await readNode(), journal.wished, told);
  } catch (error) {
    if (isOperatorError(error)) return `does not answer: ${error.message}`;
    throw error;
  }
}

/** Tells the outcome, keeps the packages that are installed, and removes what the update has made. */
async function tidy(journal: Journal, state: StateFolder): Promise<void> {
  const outcome = outcomeOf(journal)!;
  if (outcome === "whole") {
    keep(journal.wished, state);
    putFormer(journal, state);
  } else if (outcome === "back") keep(journal.former, state);
  const status = settled(state.status(), journal, outcome, Date.now());
  state.putStatus(status);
  // A node that could not go back tries it again at each boot.
  if (outcome === "lost") return;
  await removeUndoUnit();
  state.removeJournal();
  removeRunner(state);
  removeOthers(state.folder("kept"), status.kept);
  removeOthers(state.folder("incoming"), []);
  removeOthers(state.folder("former"), (status.former?.packages ?? []).map(fileNameOf));
}

/** Puts the packages that an update has replaced where people may order the node back to them. A way back by order leaves none. */
function putFormer({ former, order }: Journal, state: StateFolder): void {
  if (order !== undefined) return;
  const folder = state.folder("former");
  for (const each of former) {
    const from = state.placeOf(each);
    // A power cut may have come between.
    if (existsSync(from)) renameSync(from, join(folder, fileNameOf(each)));
  }
  syncFolder(folder);
}

/** Puts packages among those that are kept. Some may be there already. */
function keep(packages: readonly PlacedPackage[], state: StateFolder): void {
  const kept = state.folder("kept");
  for (const each of packages) {
    try {
      renameSync(state.placeOf(each), join(kept, fileNameOf(each)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  syncFolder(kept);
}

/** Removes all files of a folder but some. */
function removeOthers(folder: string, names: readonly string[]): void {
  for (const name of readdirSync(folder)) if (!names.includes(name)) rmSync(join(folder, name), { force: true });
}

function reason(code: UpdateErrorCode, message: string): Reason {
  return { code, message };
}
