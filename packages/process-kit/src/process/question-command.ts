import { foreignLines, visibleJson } from "@florenetes/operator-text";
import type { Command } from "commander";
import { showAgain, type StatusOptions, watchPause } from "./status-command.ts";

/** A command that asks a running process about one thing, over its admin socket. */
export interface QuestionCommand {
  readonly name: string;
  readonly description: string;
  /** The command's argument, as the help shows it: `<name>`, or `[name]` where it may be left out, and its meaning. */
  readonly argument: readonly [string, string];
  /** Further flags and their meanings, beside `--config`, `--admin`, `--json` and `--watch`. */
  readonly options: readonly (readonly [string, string])[];
  /** Gets "" for an argument that is left out. Throws operator's errors. */
  readonly ask: (adminPath: string, argument: string, options: QuestionOptions) => Promise<QuestionAnswer>;
}

export interface QuestionAnswer {
  /** For programs. */
  readonly json: unknown;
  /** For people. */
  readonly text: string;
  readonly exitCode: number;
}

/** The options of a `QuestionCommand`, by their names in camel case. */
export type QuestionOptions = Readonly<Record<string, string | true | undefined>>;

/**
 * Adds the command to a program.
 *
 * @param adminPathOf The admin socket that `--config` or `--admin` names.
 * @param exit Takes the exit code.
 */
export function addQuestion(
  program: Command,
  { name, description, argument, options: flags, ask }: QuestionCommand,
  adminPathOf: (options: QuestionOptions) => Promise<string>,
  exit: (code: number) => void,
): void {
  const command = program
    .command(name)
    .description(description)
    .argument(...argument)
    .option("-c, --config <file>", "the config file (YAML)")
    .option("-a, --admin <socket>", "its admin socket, instead of the one in the config")
    .option("--json", "for programs")
    .option("-w, --watch [seconds]", "again and again");
  for (const flag of flags) command.option(...flag);
  command.action(
    async (subject: string | undefined, options: Pick<StatusOptions, "json" | "watch"> & QuestionOptions) => {
      const path = await adminPathOf(options);
      const isJson = options.json === true;
      const read = async (): Promise<string> => {
        const answer = await ask(path, subject ?? "", options);
        exit(answer.exitCode);
        return isJson ? `${visibleJson(JSON.stringify(answer.json))}\n` : foreignLines(answer.text);
      };
      if (options.watch === undefined) process.stdout.write(await read());
      else await showAgain(read, watchPause(options.watch), isJson);
    },
  );
}
