import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig, parseConfig, suggest } from "@florenetes/config-file";
import type { ConfigDocument, ProblemParams } from "@florenetes/config-file";
import { stringify } from "yaml";
import { z } from "zod";
import type { NodeProcess } from "./executables.ts";
import { labError } from "./lab-error.ts";
import type { LabErrorCode } from "./lab-error.ts";
import { SCENARIO_STEPS_MAX, WHOLE_AFTER_RENEWAL_MS_MAX, WHOLE_AGAIN_MS_MAX } from "./limits.ts";
import { parseMilliseconds, parseStep, STEP_ACTIONS } from "./scenario-step.ts";
import type { Impairment, ScenarioStep, StepAction } from "./scenario-step.ts";

/** A step as a scenario file has it: a time and one action with its words, `{ at: 2s, kill: b link-flor }`. */
export type StepInput = { readonly at: string } & { readonly [Action in StepAction]?: string };

/** The lab that a scenario is played on. */
export interface Stage {
  /** All nodes. */
  readonly nodeNames: readonly string[];
  processNames(node: string): readonly NodeProcess[];
  kill(node: string, name: NodeProcess, signal?: NodeJS.Signals): Promise<void>;
  start(node: string, name: NodeProcess): void | Promise<void>;
  restart(node: string, name: NodeProcess): Promise<void>;
  linkDown(a: string, b: string, tag?: string): Promise<void>;
  linkUp(a: string, b: string, tag?: string): Promise<void>;
  /** Cuts all wires of a node and freezes its processes, or the reverse. */
  lose(node: string): Promise<void>;
  recover(node: string): Promise<void>;
  rebind(a: string, b: string, tag?: string): Promise<void>;
  impair(a: string, b: string, impairment: Impairment, tag?: string): Promise<void>;
  revoke(principal: string): void | Promise<void>;
  renew(principal: string): Promise<void>;
}

const actions = Object.keys(STEP_ACTIONS) as StepAction[];
const TIME: ProblemParams = { code: usage(), advice: "As in: at: 2s, or at: 500ms." };
const ONE: ProblemParams = { code: usage(), advice: `Each step has one of ${actions.join(", ")}.` };

const stepSchema = z
  .strictObject({
    at: z.string().refine((text) => parseMilliseconds(text) !== undefined, {
      error: "a time is a number with its unit, ms or s",
      params: TIME,
    }),
    ...(Object.fromEntries(actions.map((action) => [action, z.string().optional()])) as Record<
      StepAction,
      z.ZodOptional<z.ZodString>
    >),
  })
  .refine((step) => actions.filter((action) => step[action] !== undefined).length === 1, {
    error: "a step does one thing",
    params: ONE,
  });
const scenarioSchema = z.strictObject({ steps: z.array(stepSchema).min(1).max(SCENARIO_STEPS_MAX) });

/**
 * Reads a scenario file.
 *
 * @throws OperatorErrors with the line of every mistake
 */
export async function readScenario(file: string): Promise<readonly ScenarioStep[]> {
  return loadConfig(file, scenarioSchema, toSteps);
}

/** Checks a scenario that a program has put together. */
export function parseScenario(steps: readonly StepInput[]): readonly ScenarioStep[] {
  return parseConfig(stringify({ steps }), "(scenario)", scenarioSchema, toSteps);
}

/** Carries out the steps with `act`, each at its time, or later if earlier steps are not done by then. */
export async function playScenario(
  steps: readonly ScenarioStep[],
  act: (step: ScenarioStep) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  for (const step of [...steps].sort((one, other) => one.atMs - other.atMs)) {
    await sleep(Math.max(0, started + step.atMs - performance.now()));
    await act(step);
  }
}

/** Milliseconds within which the mesh has to be whole after the last step, once all processes answer. */
export function wholeAgainMs(steps: readonly ScenarioStep[]): number {
  return steps.some(({ action }) => action === "renew") ? WHOLE_AFTER_RENEWAL_MS_MAX : WHOLE_AGAIN_MS_MAX;
}

/** Carries out one step. All its processes are struck at once. */
export async function playStep(stage: Stage, step: ScenarioStep): Promise<void> {
  const { action, nodes, process, tag, impairment, principal } = step;
  const [a = "", b = ""] = nodes;
  const each = async (act: (node: string, name: NodeProcess) => void | Promise<void>): Promise<void> => {
    const meant = a === "*" ? stage.nodeNames : [a];
    const processesOf = (node: string): readonly NodeProcess[] => (process ? [process] : stage.processNames(node));
    await Promise.all(meant.flatMap((node) => processesOf(node).map(async (name) => act(node, name))));
  };
  switch (action) {
    case "kill":
      return each((node, name) => stage.kill(node, name));
    case "start":
      return each((node, name) => stage.start(node, name));
    case "restart":
      return each((node, name) => stage.restart(node, name));
    case "freeze":
      return each((node, name) => stage.kill(node, name, "SIGSTOP"));
    case "thaw":
      return each((node, name) => stage.kill(node, name, "SIGCONT"));
    case "cut":
      return stage.linkDown(a, b, tag);
    case "mend":
      return stage.linkUp(a, b, tag);
    case "lose":
      return stage.lose(a);
    case "recover":
      return stage.recover(a);
    case "rebind":
      return stage.rebind(a, b, tag);
    case "impair":
      return stage.impair(a, b, impairment, tag);
    case "revoke":
      return stage.revoke(principal);
    case "renew":
      return stage.renew(principal);
  }
}

/**
 * Reads a step from a command line.
 *
 * @throws OperatorError `ERR_LAB_SCENARIO`
 */
export function requireStep(action: string, words: string): ScenarioStep {
  const known = actions.find((known) => known === action);
  if (known === undefined)
    throw labError("ERR_LAB_SCENARIO", `there is no action "${action}"`, suggest(action, actions, ""));
  const step = parseStep(0, known, words);
  if ("problem" in step) throw labError("ERR_LAB_SCENARIO", step.problem, step.advice);
  return step;
}

function toSteps(document: ConfigDocument<z.infer<typeof scenarioSchema>>): readonly ScenarioStep[] {
  return document.value.steps.flatMap((input, index) => {
    const action = actions.find((action) => input[action] !== undefined)!;
    const step = parseStep(parseMilliseconds(input.at)!, action, input[action]!);
    if (!("problem" in step)) return [step];
    document.problem(["steps", index, action], usage(), step.problem, step.advice);
    return [];
  });
}

function usage(): LabErrorCode {
  return "ERR_LAB_SCENARIO";
}
