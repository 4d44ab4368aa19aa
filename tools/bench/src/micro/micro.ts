import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OtherCheckout } from "../other-checkout.ts";
import type { Subject } from "./subject.ts";
import { SUBJECTS } from "./subjects.ts";

/** Costs in nanoseconds of CPU time per operation, round by round. */
export interface MicroResult {
  readonly name: string;
  readonly operation: string;
  readonly entries?: number;
  readonly here: readonly number[];
  /** The other commit's costs; empty when there is no other commit, or when it cannot be measured. */
  readonly beside: readonly number[];
  /** Each thing that could not be measured, and why. */
  readonly problems: readonly string[];
}

const ROOT = join(import.meta.dirname, "../../../..");

/** Tests run this code from its sources, and the workers as well. */
const WORKER = import.meta.url.endsWith(".ts") ? "src/micro/worker.ts" : "dist/micro/worker.js";
/** The number of processes that measure: each lays out its heap and its code anew, and nothing changes a figure more. */
const PROCESSES = 3;

interface Side {
  readonly root: string;
  /** The side's place, in words for messages. */
  readonly where: string;
  readonly figures: number[];
  /** The reason why the side cannot be measured, if there is one. */
  readonly problems: string[];
}

/**
 * Measures the pure cores.
 *
 * @param only texts: a subject is measured if its name holds one of them; all subjects when left out
 * @param other a checkout that is measured in turns with this one
 * @throws Error when no subject has such a name
 */
export async function measureMicro(
  only: readonly string[] | undefined,
  onSubject: (name: string) => void,
  other?: OtherCheckout,
): Promise<MicroResult[]> {
  const chosen = SUBJECTS.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
  if (chosen.length === 0) throw new Error(`no subject's name holds ${only!.map((text) => `"${text}"`).join(" or ")}`);
  const results: MicroResult[] = [];
  for (const subject of chosen) {
    onSubject(subject.name);
    results.push(await measureSubject(subject, other));
  }
  return results;
}

async function measureSubject({ name, operation, entries }: Subject, other?: OtherCheckout): Promise<MicroResult> {
  const here: Side = { root: ROOT, where: "here", figures: [], problems: [] };
  const beside: Side[] = other ? [{ root: other.root, where: `in ${other.name}`, figures: [], problems: [] }] : [];
  const sides = [here, ...beside];
  for (let process = 0; process < PROCESSES; process++) {
    // Each side goes first in every other turn.
    for (const side of process % 2 === 0 ? sides : sides.toReversed()) {
      if (side.problems.length > 0) continue;
      await measureRounds(side.root, name).then(
        (rounds) => side.figures.push(...rounds),
        (error: Error) => side.problems.push(`${side.where}: ${error.message}`),
      );
    }
  }
  return {
    name,
    operation,
    ...(entries && { entries }),
    here: here.figures,
    beside: beside.flatMap(({ figures }) => figures),
    problems: sides.flatMap(({ problems }) => problems),
  };
}

/**
 * Measures some rounds in a process of the checkout's own bench, which knows how its code is called: nanoseconds of CPU time per operation.
 *
 * @throws Error with the process's own message, when it cannot measure the subject
 */
export async function measureRounds(root: string, subject: string): Promise<number[]> {
  const argv = ["--conditions=@florenetes/source", join(root, "tools/bench", WORKER), subject];
  try {
    return JSON.parse((await promisify(execFile)(process.execPath, argv)).stdout) as number[];
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr || "the process that measures has died", { cause: error });
  }
}
