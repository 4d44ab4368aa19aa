import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT_CODES, visibleJson } from "@florenetes/operator-text";
import { createLogger, programVersion, runProgram } from "@florenetes/process-kit";
import { Command, CommanderError } from "commander";
import { renderUpdateStatus } from "../admin/render-status.ts";
import { loadUpdateConfig, type UpdateConfig } from "../config/update-config.ts";
import { carryOut } from "./carry-out.ts";
import { checkUpdateFlor } from "./check.ts";
import { runUpdate } from "./run.ts";
import { removeRunner, removeUndoUnit, takeOrder } from "./runner.ts";
import { StateFolder } from "./state-folder.ts";
import { updateError } from "../update-errors.ts";

const CONFIG = "/etc/florenetes/update-flor.yaml";
/** Starts each so many milliseconds stay below the limit of starts of the unit, at which systemd would give up. */
const WRONG_CONFIG_PAUSE_MS = 10_000;

runProgram(() => executeUpdateFlor(process.argv));

/** Runs the command line, and promises its exit code. Throws operator's errors. */
async function executeUpdateFlor(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const version = programVersion(new URL("../../package.json", import.meta.url));
  const program = new Command("update-flor")
    .description(
      "Installs the releases of a fabric's channel on this machine, as root, without a network, and goes back from those with which the node is not whole",
    )
    .version(version)
    .exitOverride();
  const configured = (name: string, description: string): Command =>
    program.command(name).description(description).option("-c, --config <file>", "the config file (YAML)", CONFIG);
  configured("run", "take the release that the agent has put into the spool, if there is one").action(
    async ({ config }: { config: string }) => {
      exitCode = await runUpdate(await loadForRun(config), createLogger({ name: "update-flor" }));
    },
  );
  configured("check", "do everything but run: print `ok`, or all that is wrong").action(
    async ({ config }: { config: string }) => {
      const problems = checkUpdateFlor(await loadUpdateConfig(config));
      if (problems.length > 0) throw problems[0]!;
      process.stdout.write("ok\n");
    },
  );
  configured("status", "show what is installed, and how the last release ended")
    .option("--json", "for programs")
    .action(async ({ config, json }: { config: string; json?: boolean }) => {
      const status = new StateFolder((await loadUpdateConfig(config)).state).status();
      const text = json === true ? `${visibleJson(JSON.stringify(status))}\n` : renderUpdateStatus(status, version);
      process.stdout.write(text);
      if (status.last?.outcome === "lost") exitCode = EXIT_CODES.failed;
    });
  configured("retry", "forget from which versions the node went back, so that they are tried again").action(
    async ({ config }: { config: string }) => {
      const state = new StateFolder((await loadUpdateConfig(config)).state);
      if (state.journal() !== undefined)
        throw updateError("ERR_UPDATE_UNDER_WAY", "an update of this node is under way: try again behind it");
      state.putStatus({ ...state.status(), failed: [], interrupted: undefined });
      process.stdout.write("ok\n");
    },
  );
  program
    .command("resume", { hidden: true })
    .description("go on with the update whose journal is in a state folder: for the unit that an update makes")
    .requiredOption("--state <folder>", "the state folder")
    .action(async ({ state }: { state: string }) => {
      exitCode = await resumeIn(new StateFolder(resolve(state)));
    });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.misconfigured;
    throw error;
  }
  return exitCode;
}

/** A config that is wrong leaves the order where it is, so that systemd starts the program anew at once: under systemd it takes its time. */
async function loadForRun(file: string): Promise<UpdateConfig> {
  try {
    return await loadUpdateConfig(file);
  } catch (error) {
    if (process.env["INVOCATION_ID"] !== undefined) await sleep(WRONG_CONFIG_PAUSE_MS);
    throw error;
  }
}

async function resumeIn(state: StateFolder): Promise<number> {
  const log = createLogger({ name: "update-flor" });
  state.prepare();
  const journal = state.journal();
  if (journal === undefined) {
    // The machine stopped before the journal was written, or behind its removal.
    await removeUndoUnit();
    removeRunner(state);
    return EXIT_CODES.ok;
  }
  const outcome = await carryOut(state, takeOrder(journal.release.record), log);
  return outcome === "lost" ? EXIT_CODES.failed : EXIT_CODES.ok;
}
