import { suggest } from "@florenetes/config-file";
import { parseProcessName, PROCESS_NAMES } from "./executables.ts";
import type { NodeProcess } from "./executables.ts";

/** Kinds of targets that the words of a step name. */
type StepTarget = "processes" | "link" | "node" | "impairment" | "principal";

/** The faults that a lab can make, or undo. */
export type StepAction =
  | "kill"
  | "start"
  | "restart"
  | "freeze"
  | "thaw"
  | "cut"
  | "mend"
  | "lose"
  | "recover"
  | "rebind"
  | "impair"
  | "revoke"
  | "renew";

/** For each action the kind of target that its words name. */
export const STEP_ACTIONS: Readonly<Record<StepAction, StepTarget>> = {
  kill: "processes",
  start: "processes",
  restart: "processes",
  freeze: "processes",
  thaw: "processes",
  cut: "link",
  mend: "link",
  lose: "node",
  recover: "node",
  rebind: "link",
  impair: "impairment",
  revoke: "principal",
  renew: "principal",
};

/** A step of a scenario: something happens at a time to some processes, a link or a node. */
export interface ScenarioStep {
  /** Milliseconds since the scenario began. */
  readonly atMs: number;
  readonly action: StepAction;
  /** The words behind the action, as they were written. */
  readonly words: string;
  /** A node, `*` for all nodes, or the two ends of a link. */
  readonly nodes: readonly string[];
  /** The process; undefined: all processes of the node, or the action is not about processes. */
  readonly process: NodeProcess | undefined;
  readonly tag: string;
  readonly impairment: Impairment;
  /** A principal such as `user/alice`; empty: the action is not about one. */
  readonly principal: string;
}

/** The reason why the words of a step cannot be carried out. */
export interface StepProblem {
  readonly problem: string;
  readonly advice: string;
}

/** The harm that a relay does to the datagrams of a link, in each direction. Fields that are left out do none. */
export interface Impairment {
  /** The time for which each datagram is held. */
  readonly delayMs?: number;
  /** The most for which a datagram is held besides, at random. Order is kept, except by `reorder`. */
  readonly jitterMs?: number;
  /** Probabilities, 0 to 1. A reordered datagram is held for 5 ms more, and overtaken meanwhile. */
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  /** Megabits per second. A queue of 100 ms is in front of the limit, and datagrams that do not fit are lost. */
  readonly rateMbit?: number;
}

/** The impairments by their names in a step's words, as `delay=20ms`. */
const KNOBS: Readonly<Record<string, readonly [keyof Impairment, (text: string) => number | undefined]>> = {
  delay: ["delayMs", parseMilliseconds],
  jitter: ["jitterMs", parseMilliseconds],
  loss: ["loss", parseShare],
  duplicate: ["duplicate", parseShare],
  reorder: ["reorder", parseShare],
  rate: ["rateMbit", parseRate],
};

const KNOBS_TEXT = "delay=20ms jitter=5ms loss=1% duplicate=1% reorder=1% rate=20mbit";
const ADVICE = "See docs/develop/meshlab.md.";

/** Reads `250ms` and `1.5s` as milliseconds; undefined for anything else. */
export function parseMilliseconds(text: string): number | undefined {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}

/**
 * Reads the words of a step: `b`, `b link-flor`, `* link-flor`; `b c`, `b c backup`; `a b delay=20ms loss=1%`; `user/alice`.
 *
 * @returns the step, or the problem with its words
 */
export function parseStep(atMs: number, action: StepAction, words: string): ScenarioStep | StepProblem {
  const [first, second, ...rest] = words.split(/\s+/).filter((word) => word !== "");
  const empty = { atMs, action, words, process: undefined, tag: "0", impairment: {}, principal: "" };
  if (first === undefined) return { problem: `"${action}" has nothing that it is about`, advice: ADVICE };
  switch (STEP_ACTIONS[action]) {
    case "processes": {
      const process = parseProcessName(second ?? "");
      if (rest.length > 0)
        return { problem: `"${action}: ${words}" is not of the form NODE [PROCESS]`, advice: ADVICE };
      if (second !== undefined && process === undefined)
        return { problem: `there is no process "${second}"`, advice: suggest(second, PROCESS_NAMES, ADVICE) };
      return { ...empty, nodes: [first], process };
    }
    case "node":
      if (second !== undefined) return { problem: `"${action}: ${words}" names more than one node`, advice: ADVICE };
      return { ...empty, nodes: [first] };
    case "principal":
      if (second !== undefined || !/^(user|service|vertex)\/./.test(first))
        return { problem: `"${action}: ${words}" is not of the form KIND/NAME`, advice: "As in user/alice." };
      return { ...empty, nodes: [], principal: first };
    case "link":
      if (second === undefined || rest.length > 1)
        return { problem: `"${action}: ${words}" is not of the form NODE NODE [TAG]`, advice: ADVICE };
      return { ...empty, nodes: [first, second], tag: rest[0] ?? "0" };
    default:
      return parseImpairStep({ ...empty, nodes: [first, second ?? ""] }, rest);
  }
}

function parseImpairStep(step: ScenarioStep, rest: readonly string[]): ScenarioStep | StepProblem {
  if (step.nodes[1] === "")
    return { problem: `"impair: ${step.words}" is not of the form NODE NODE [TAG] [KNOB=VALUE…]`, advice: ADVICE };
  const hasTag = rest[0]?.includes("=") === false;
  const impairment = parseImpairment(hasTag ? rest.slice(1) : rest);
  return "problem" in impairment ? impairment : { ...step, tag: hasTag ? rest[0]! : step.tag, impairment };
}

/** Reads `delay=20ms`, `loss=1%` and so on. No words end all impairment. */
function parseImpairment(words: readonly string[]): Impairment | StepProblem {
  const impairment: Partial<Record<keyof Impairment, number>> = {};
  for (const word of words) {
    const [name = "", value = ""] = word.split("=");
    const knob = Object.hasOwn(KNOBS, name) ? KNOBS[name] : undefined;
    const number = knob?.[1](value);
    if (knob === undefined || number === undefined)
      return { problem: `"${word}" is nothing that can be done to a link`, advice: `As in: ${KNOBS_TEXT}.` };
    impairment[knob[0]] = number;
  }
  return impairment;
}

function parseShare(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text);
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  return share <= 1 ? share : undefined;
}

function parseRate(text: string): number | undefined {
  const match = /^(\d{1,5}(?:\.\d{1,3})?)mbit$/.exec(text);
  const rate = match === null ? 0 : Number(match[1]);
  return rate > 0 ? rate : undefined;
}
