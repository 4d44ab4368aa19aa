import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { linksAwaited } from "@florenetes/mesh-file";
import type { RolloutStep } from "@florenetes/mesh-file";
import { FLOR_ERRORS } from "./error-codes.ts";
import type { ClusterPlan } from "./mesh-plans.ts";
import type { Output } from "./output.ts";

/** A step of a rollout in which a process of a node takes another config. */
export interface Move {
  readonly node: string;
  readonly program: "link-flor" | "cluster-flor";
  readonly cluster: string;
  /** The action; for link-flor always `change`. */
  readonly action: RolloutStep["action"];
  /** Name of the config file in the node's folder. */
  readonly file: string;
  readonly text: string;
  /** Links, as `<peer>/<tag>`, that need not be up for the node to be whole. */
  readonly linksAwaited: readonly string[];
}

/** The end of a command on a node. */
export interface CommandEnd {
  /** The exit code; null: the command was ended, or could not be started. */
  readonly code: number | null;
  /** The command's output, for people. */
  readonly said: string;
}

/** Runs a command of the project on a node, with `input` on its stdin. */
export type NodeRunner = (node: string, words: readonly string[], input: string) => Promise<CommandEnd>;

export interface MoveOptions {
  readonly run: NodeRunner;
  /** The path of the program's config file on the node. */
  readonly configFileOf: (move: Move) => string;
  /** Called when a config is confirmed: from now on the node has it. */
  readonly onTaken: (move: Move) => Promise<void>;
  readonly confirmWithin: string;
  readonly wholeWithin: string;
  /** Lets some time pass before the next look at a new node. False: the node has had enough time. */
  readonly waitForStart: (node: string) => Promise<boolean>;
  readonly output: Output;
}

/** All moves of plans, in the plans' order. The link-flors that change come first, each once. */
export function movesOf(plans: readonly ClusterPlan[]): Move[] {
  const linkFlors = new Map<string, Move>();
  for (const { cluster, linkFlors: changed, before, after } of plans) {
    for (const { node, text } of changed) {
      const awaited = linksAwaited(
        node,
        (at) => before.get(at),
        (at) => after.get(at),
      );
      const known = linkFlors.get(node)?.linksAwaited ?? [];
      linkFlors.set(node, {
        node,
        program: "link-flor",
        cluster,
        action: "change",
        file: "link-flor.yaml",
        text,
        linksAwaited: [...new Set([...known, ...awaited])],
      });
    }
  }
  const steps = plans.flatMap(({ cluster, steps: planned }) =>
    planned.flatMap(({ node, action, file, text, linksAwaited: awaited }): Move[] =>
      text === undefined ? [] : [{ node, program: "cluster-flor", cluster, action, file, text, linksAwaited: awaited }],
    ),
  );
  return [...linkFlors.values(), ...steps];
}

/**
 * Makes moves one after the other, and stops at the first move after which the node is not whole again.
 *
 * @throws OperatorError `ERR_FLOR_APPLY_STOPPED`
 */
export async function makeMoves(moves: readonly Move[], options: MoveOptions): Promise<void> {
  for (const [index, move] of moves.entries()) {
    let failure = await makeMove(move, options);
    for (let told = ""; failure?.isToWait === true;) {
      // Somebody is about to start the node. Each state on the way is told once.
      if (failure.what !== told) {
        options.output.out(lineOf(index, move, `is waited for: it ${failure.what}`));
        for (const line of saidLines(failure)) options.output.out(line);
      }
      told = failure.what;
      if (!(await options.waitForStart(move.node))) break;
      failure = await makeMove(move, options);
    }
    if (failure === undefined) {
      await options.onTaken(move);
      options.output.out(lineOf(index, move, "taken, and confirmed"));
      continue;
    }
    options.output.err(lineOf(index, move, failure.what));
    for (const line of saidLines(failure)) options.output.err(line);
    for (const [later, left] of moves.slice(index + 1).entries())
      options.output.err(lineOf(index + 1 + later, left, "not begun"));
    const message = `${index} of ${moves.length} steps are made: ${move.node} ${failure.what}`;
    const { advice } = FLOR_ERRORS.ERR_FLOR_APPLY_STOPPED;
    throw new OperatorError("ERR_FLOR_APPLY_STOPPED", message, { advice, exitCode: EXIT_CODES.failed });
  }
}

interface Failure {
  readonly what: string;
  readonly said: string;
  /** Whether somebody is about to start the node. */
  readonly isToWait?: boolean;
}

/** The output of a node's command, indented. */
function saidLines({ said }: Failure): string[] {
  return said.split("\n").flatMap((line) => (line.trim() === "" ? [] : [`       ${line}`]));
}

async function makeMove(move: Move, options: MoveOptions): Promise<Failure | undefined> {
  const { run, configFileOf, confirmWithin, wholeWithin } = options;
  const { node, program, text, linksAwaited: awaited } = move;
  const place = ["--config", configFileOf(move)];
  const times = ["--confirm-within", confirmWithin, "--whole-within", wholeWithin];
  const notYet = awaited.length === 0 ? [] : ["--not-yet", ...awaited];
  const applied = await run(node, [program, "apply", ...place, ...times, ...notYet], text);
  if (applied.code !== EXIT_CODES.ok) {
    const isMissing = applied.said.includes(`[${NO_CONFIG_FILE}]`);
    const code = applied.code === EXIT_CODES.misconfigured && isMissing ? NO_CONFIG_FILE : applied.code;
    if (move.action === "start") {
      const what = START_FAILURES.get(code) ?? "cannot be asked yet";
      return { what, said: applied.said, isToWait: code !== EXIT_CODES.misconfigured };
    }
    return { what: APPLY_FAILURES.get(code) ?? lost(confirmWithin), said: applied.said };
  }
  const confirmed = await run(node, [program, "confirm", ...place], text);
  if (confirmed.code === EXIT_CODES.ok) return undefined;
  return { what: `is not confirmed, and goes back by itself within ${confirmWithin}`, said: confirmed.said };
}

/** The error code that a node's program prints when it has no config file. */
const NO_CONFIG_FILE = "ERR_CONFIG_FILE_MISSING";
/** The exit code of shells, and so of ssh, for a program that does not exist. */
const NO_PROGRAM = 127;

/** Failures of a node that gets another config, by the exit code or the error's code. */
const APPLY_FAILURES: ReadonlyMap<number | string | null, string> = new Map<number | string | null, string>([
  [EXIT_CODES.failed, "is not whole with its new config, and is back at the former one"],
  [EXIT_CODES.misconfigured, "refuses the config, and keeps the former one"],
  [EXIT_CODES.unreachable, "has no such process that answers"],
  [NO_CONFIG_FILE, "has no config file in that place"],
  [NO_PROGRAM, "does not have that program"],
]);

/** Failures of a new node, which somebody is setting up. */
const START_FAILURES: ReadonlyMap<number | string | null, string> = new Map<number | string | null, string>([
  [EXIT_CODES.failed, "runs, and is not whole yet"],
  [EXIT_CODES.misconfigured, "refuses the config"],
  [EXIT_CODES.unreachable, "has no such process that answers yet"],
  [NO_CONFIG_FILE, "has no config file yet"],
  [NO_PROGRAM, "does not have the program yet"],
]);

function lost(confirmWithin: string): string {
  return `cannot be told to take it; if it has, it goes back by itself within ${confirmWithin}`;
}

function lineOf(index: number, { node, program, action }: Move, what: string): string {
  return `  ${String(index + 1).padStart(3)}. ${node}  ${program}  ${action}  ${what}`;
}
