import { formatOperatorError } from "@florenetes/operator-text";
import { exitCodeOf } from "@florenetes/process-kit";
import { runFlor } from "../src/program.ts";

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, as `main.ts` does. */
export async function flor(...args: readonly string[]): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
  let code: number;
  try {
    code = await runFlor(args, output);
  } catch (error) {
    err.push(formatOperatorError(error));
    code = exitCodeOf(error);
  }
  return { code, out: out.join("\n"), err: err.join("\n") };
}
