import { parseDuration } from "@florenetes/config-file";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import type { Command } from "commander";
import { FLOR_ERRORS } from "./error-codes.ts";
import { readRenderable } from "./mesh-documents.ts";
import type { Output } from "./output.ts";
import { MeshUpgrade } from "./upgrade/mesh-upgrade.ts";
import { readPackages } from "./upgrade/package-folder.ts";

interface UpgradeOptions {
  readonly packages: string;
  readonly former: string;
  readonly via: string;
  readonly wholeWithin: string;
  readonly dryRun?: true;
}

/** `flor mesh upgrade`. */
export function addUpgradeCommand(mesh: Command, output: Output): void {
  mesh
    .command("upgrade")
    .description(
      "bring other Debian packages to the nodes, one node after the other, and stop at the first one that is not whole: it goes back",
    )
    .argument("<file...>", "the mesh file, or the files of all clusters that have nodes in common")
    .requiredOption("--packages <dir>", "the folder of the packages that the nodes are to have")
    .requiredOption("--former <dir>", "the folder of the packages that the nodes have: the way back")
    .option(
      "--via <command>",
      "runs a command on a node, as root: {node} is its name, {host} its address",
      "ssh {host}",
    )
    .option("--whole-within <time>", "how long a node may take to be whole again once its units are restarted", "2min")
    .option("--dry-run", "say the order and why, and change nothing")
    .action((files: readonly string[], options: UpgradeOptions) => upgradeMeshFiles(files, options, output));
}

async function upgradeMeshFiles(files: readonly string[], options: UpgradeOptions, output: Output): Promise<void> {
  const wholeWithinMs = wholeWithinOf(options);
  const releases = { wished: await readPackages(options.packages), former: await readPackages(options.former) };
  const meshes = (await readRenderable(files, output)).map((document) => document.mesh);
  const upgrade = new MeshUpgrade(meshes, options.via, releases, wholeWithinMs, output);
  const steps = await upgrade.plan();
  if (options.dryRun === true || steps.length === 0) return;
  await upgrade.prepare(steps);
  await upgrade.carryOut(steps);
}

/** @throws OperatorError `ERR_FLOR_USAGE` */
function wholeWithinOf({ wholeWithin, via }: UpgradeOptions): number {
  const within = parseDuration(wholeWithin);
  const { advice } = FLOR_ERRORS.ERR_FLOR_USAGE;
  const usage = (message: string): OperatorError =>
    new OperatorError("ERR_FLOR_USAGE", message, { advice, exitCode: EXIT_CODES.misconfigured });
  if (within === undefined) throw usage("--whole-within takes a time, as 2min");
  if (via.trim() === "") throw usage("--via takes a command");
  return within;
}
