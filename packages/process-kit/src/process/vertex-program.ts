import { resolve } from "node:path";
import { defaultControlPath } from "@florenetes/config-file";
import { foreignLines, EXIT_CODES, formatOperatorError, OperatorError } from "@florenetes/operator-text";
import { forbidCoreDumps, startWatchdog } from "@florenetes/native";
import { Argument, Command, CommanderError } from "commander";
import { requestAdmin } from "../admin/admin-client.ts";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { LOG_LEVELS } from "../logs/logger.ts";
import { ALL_ROOMS, logLevelRoute } from "../logs/room-levels.ts";
import { CLOSE_MS_MAX, STANDSTILL_MS_MAX } from "../limits.ts";
import { addApplyCommands, type ProcessSockets } from "./apply-commands.ts";
import type { CheckReport } from "./process-check.ts";
import { nameProcess } from "./process-name.ts";
import { addQuestion, type QuestionCommand } from "./question-command.ts";
import { reloadBy, type ReloadCommandOptions } from "./reload-command.ts";
import { runningSocket } from "./running-socket.ts";
import { runProgram } from "./run-program.ts";
import { showStatus, type StatusOptions, type StatusRenderer } from "./status-command.ts";

/** The parts in which the two executables differ. */
export interface VertexProgram<Config> {
  /** Name of the program, such as `cluster-flor`. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Reads the config file, or throws all its problems. */
  readonly load: (file: string) => Promise<Config>;
  /** Checks what the config names outside of its file: identities, sockets, directories. Changes nothing. */
  readonly check: (config: Config, file: string) => Promise<CheckReport>;
  /** Runs until it is told to stop; its result is the exit code. */
  readonly run: (config: Config, file: string) => Promise<number | void>;
  readonly adminPathOf: (config: Config) => string;
  readonly controlPathOf: (config: Config) => string;
  /** A glob of the admin sockets of this program's systemd units. When no socket is named, the only match is asked. */
  readonly adminSockets: string;
  readonly renderStatus: StatusRenderer;
  /** Rooms whose log levels can be set while the program runs; undefined: none can. */
  readonly logRooms?: readonly string[];
  /** Further commands that question the running process. */
  readonly questions?: readonly QuestionCommand[];
  /** Further commands that do something for a config, whether a process runs or not. */
  readonly orders?: readonly OrderCommand<Config>[];
}

/** A command that needs a config alone. */
interface OrderCommand<Config> {
  readonly name: string;
  readonly description: string;
  /** Returns the lines to print; nothing: `ok`. Throws operator's errors. */
  readonly run: (config: Config) => Promise<readonly string[] | void>;
}

/**
 * Runs the whole command line of an executable: `run`, `check`, `status`, `reload`, `apply`, `confirm` and `back`. Exit
 * codes are those of `EXIT_CODES`; wrong arguments count as `misconfigured`.
 */
export function runVertexProgram<Config>(spec: VertexProgram<Config>, argv: readonly string[] = process.argv): void {
  runProgram(() => {
    // A core dump would hold keys: it is forbidden before any key is read.
    forbidCoreDumps();
    return executeVertexProgram(spec, argv);
  });
}

const configOption = ["-c, --config <file>", "the config file (YAML)"] as const;

/** Runs the program as `runVertexProgram` does, and promises its exit code. Throws operator's errors. */
export async function executeVertexProgram<Config>(
  spec: VertexProgram<Config>,
  argv: readonly string[],
): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const program = new Command(spec.name).description(spec.description).version(spec.version).exitOverride();
  // Commands inherit this output.
  program.configureOutput({ outputError: (text, write) => write(usageError(text, spec.name)) });
  program
    .command("run")
    .description("run until SIGTERM or SIGINT")
    .requiredOption(...configOption)
    .action(async ({ config }: { config: string }) => {
      const loaded = await spec.load(config);
      // Without this check, the problems would come up later, one by one and in other words. The log tells of parts
      // that are down.
      const report = await spec.check(loaded, resolve(config));
      const warnings = report.warnings.filter((warning) => !noteAwaited(warning));
      if (!printReport({ ...report, partProblems: [], warnings })) exitCode = EXIT_CODES.misconfigured;
      else {
        nameProcess(spec.name);
        startWatchdog({ limitMs: STANDSTILL_MS_MAX, exitCode: EXIT_CODES.internal, lastWords: hangs(spec.name) });
        exitCode = (await spec.run(loaded, config)) ?? EXIT_CODES.ok;
      }
      // Without this timer, the process would wait for a log's reader that does not read.
      setTimeout(() => process.exit(), CLOSE_MS_MAX).unref();
    });
  program
    .command("check")
    .description("do everything but run: print `ok`, or all that is wrong")
    .requiredOption(...configOption)
    .action(async ({ config }: { config: string }) => {
      const report = await spec.check(await spec.load(config), resolve(config));
      if (printReport(report)) {
        for (const note of report.notes) process.stderr.write(`note: ${foreignLines(note)}\n`);
        process.stdout.write("ok\n");
      } else exitCode = EXIT_CODES.misconfigured;
    });
  program
    .command("status")
    .description("show what the running process is doing")
    .option(...configOption)
    .option("-a, --admin <socket>", "its admin socket, instead of the one in the config")
    .option("--json", "for programs")
    .option("-q, --quiet", "print nothing: only the exit code says whether all is as it should be")
    .option("-w, --watch [seconds]", "again and again")
    .action(async (options: StatusOptions & AdminPlace) => {
      const path = await adminPathOf(spec, options);
      if (!(await showStatus(spec.name, spec.renderStatus, path, options))) exitCode = EXIT_CODES.failed;
    });
  program
    .command("reload")
    .description("have the running process take its config file as it is now, and say what came of it")
    .option(...configOption)
    .option("-s, --control <socket>", "its control socket, instead of the one in the config")
    .option("-n, --dry-run", "say what would change, and change nothing")
    .option("--json", "for programs")
    .action(async (options: ControlPlace & ReloadCommandOptions) => {
      exitCode = await reloadBy(await controlPathOf(spec, options), options);
    });
  const socketsOf = async (file: string): Promise<ProcessSockets> => {
    const config = await spec.load(file);
    return { admin: spec.adminPathOf(config), control: spec.controlPathOf(config) };
  };
  addApplyCommands(program, socketsOf, (code) => (exitCode = code));
  if (spec.logRooms !== undefined) addLogLevel(program, spec, spec.logRooms);
  for (const question of spec.questions ?? []) {
    addQuestion(
      program,
      question,
      (options) => adminPathOf(spec, options),
      (code) => (exitCode = code),
    );
  }
  for (const { name, description, run } of spec.orders ?? []) {
    program
      .command(name)
      .description(description)
      .requiredOption(...configOption)
      .action(async ({ config }: { config: string }) => {
        const lines = (await run(await spec.load(config))) ?? ["ok"];
        process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      });
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // Commander has written its message already; asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.misconfigured;
    throw error;
  }
  return exitCode;
}

function addLogLevel<Config>(program: Command, spec: VertexProgram<Config>, logRooms: readonly string[]): void {
  program
    .command("log-level")
    .description("set how much the running process logs, until it ends")
    .addArgument(
      new Argument("<room>", `a room, or \`${ALL_ROOMS}\` for all without one of their own`).choices([
        ALL_ROOMS,
        ...logRooms,
      ]),
    )
    .addArgument(new Argument("<level>", "lines of this level and above are logged").choices(LOG_LEVELS))
    .option(...configOption)
    .option("-s, --control <socket>", "its control socket, instead of the one in the config")
    .action(async (room: string, level: string, options: ControlPlace) => {
      await requestAdmin(await controlPathOf(spec, options), logLevelRoute(room, level), { method: "POST" });
      process.stdout.write("ok\n");
    });
}

/** The argument parser's complaint, in the form of all errors. Its second line may hold a suggestion. */
function usageError(text: string, program: string): string {
  const [message = "", ...rest] = text.trimEnd().split("\n");
  const code: ProcessKitErrorCode = "ERR_USAGE";
  const guess = rest.join(" ").replace(/^\((.*)\)$/, "$1");
  return foreignLines(`${message} [${code}]\n    ${guess === "" ? `See ${program} --help.` : guess}\n`);
}

/** The last log text of a program that the watchdog ends. */
function hangs(name: string): string {
  const code: ProcessKitErrorCode = "ERR_WATCHDOG";
  const advice = "Its supervisor should start it again. Please report it, with what its log says of the time before.";
  const message = `${name} has stood still for ${STANDSTILL_MS_MAX / 1_000} s and is ended`;
  return `${formatOperatorError(new OperatorError(code, message, { advice }))}\n`;
}

/** @returns whether there is no problem */
function printReport({ problems, partProblems, warnings }: CheckReport): boolean {
  const all = [...problems, ...partProblems];
  for (const warning of warnings) process.stderr.write(`warning: ${formatOperatorError(warning)}\n`);
  for (const problem of all) process.stderr.write(`${formatOperatorError(problem)}\n`);
  return all.length === 0;
}

/**
 * Prints a note instead of a warning about a folder that the other process of the node makes, as either may start
 * first. Returns whether it did.
 */
function noteAwaited(warning: Error): boolean {
  const code: ProcessKitErrorCode = "ERR_SOCKET_DIRECTORY_MISSING";
  if (!(warning instanceof OperatorError) || warning.code !== code) return false;
  process.stderr.write(`note: ${foreignLines(warning.message)} yet: the other process of this node makes it\n`);
  return true;
}

/** The config, or the path itself, that leads to the admin socket. */
interface AdminPlace {
  readonly config?: string;
  readonly admin?: string;
}

/** The config, or the path itself, that leads to the control socket. */
interface ControlPlace {
  readonly config?: string;
  readonly control?: string;
}

async function adminPathOf<Config>(spec: VertexProgram<Config>, { config: file, admin }: AdminPlace): Promise<string> {
  if (admin !== undefined) return admin;
  return file === undefined ? runningSocket(spec.adminSockets) : spec.adminPathOf(await spec.load(file));
}

async function controlPathOf<Config>(
  spec: VertexProgram<Config>,
  { config: file, control }: ControlPlace,
): Promise<string> {
  if (control !== undefined) return control;
  if (file === undefined) return defaultControlPath(await runningSocket(spec.adminSockets));
  return spec.controlPathOf(await spec.load(file));
}
