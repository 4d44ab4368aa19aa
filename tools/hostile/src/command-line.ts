import { Command } from "commander";
import { ATTACKS } from "./attacks.ts";

export interface Options {
  readonly quick: boolean;
  readonly install: boolean;
  readonly list: boolean;
  readonly only?: string;
  readonly checkout?: string;
  /** How long the fuzzer runs, in seconds. */
  readonly fuzz?: string;
  readonly seed: string;
  readonly json: string;
  readonly write: boolean;
}

const program = new Command("hostile")
  .description(
    "Attacks a fresh mesh of real processes in network namespaces, one way after the other, and prints what it cost and what held. Needs " +
      "root, and aioquic (--install). Ends with 1 when an attack was not held.",
  )
  .option("--only <attacks>", "comma-separated names; see --list")
  .option("--quick", "the short form of each, as the tests have it", false)
  .option("--list", "say what the attacks are, and do none", false)
  .option("--install", "bring aioquic from PyPI into a folder of this tool's", false)
  .option("--checkout <folder>", "attack the processes that were built in another checkout")
  .option("--fuzz <seconds>", "play seed after seed of the fuzzer for so long; one that brings a process down is kept")
  .option("--seed <n>", "the first seed of --fuzz", "1")
  .option("--json <file>", "where the figures go", "bench-results/hostile.json")
  .option("--write", "put the table of that file into docs/operate/security.md, and attack nothing", false);

/** Ends the process when the options ask for something that does not exist. */
export function readOptions(): Options {
  const options = program.parse().opts<Options>();
  const names = ATTACKS.map(({ name }) => name);
  for (const name of options.only?.split(",") ?? []) {
    if (!names.includes(name)) fail(`no attack is called "${name}"; there are ${names.join(", ")}`);
  }
  for (const value of [options.fuzz ?? "1", options.seed]) {
    if (!/^[1-9]\d{0,8}$/.test(value)) fail(`"${value}" is no number of 1 to 999999999`);
  }
  return options;
}

/** Ends the process with a message: it was called wrongly. */
export function fail(message: string): never {
  return program.error(`error: ${message}`);
}
