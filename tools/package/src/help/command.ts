/** A command of a program, or the program itself, by what its help says. */
export interface Command {
  /** The names that lead to it, from the program's on: `["flor", "ca", "sign"]`. */
  readonly path: readonly string[];
  readonly description: string;
  /** The words behind the path on a command line, as `[options] <request>`. */
  readonly usage: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly commands: readonly Command[];
  /** The end of the help, behind all sections, line by line; empty where there is none. */
  readonly epilogue: string;
}

/** An argument of a command, or the value of an option. */
export interface Value {
  readonly name: string;
  readonly isOptional: boolean;
  /** Several may follow each other. */
  readonly isVariadic: boolean;
  /** All values that are taken; undefined: the help does not say. */
  readonly choices: readonly string[] | undefined;
}

export interface Argument extends Value {
  readonly description: string;
}

export interface Option {
  /** Its flags, as `-c` and `--config`. */
  readonly flags: readonly string[];
  /** Undefined: it takes no value. */
  readonly value: Value | undefined;
  readonly description: string;
}

/** A command and all below it, from the top down. */
export function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => allCommands(child))];
}
