import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseDuration } from "@florenetes/config-file";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-errors";
import { clusterFlorFileOf, readRendered, writeRendered, writeWhole } from "@florenetes/mesh-file";
import type { RenderedMesh } from "@florenetes/mesh-file";
import type { Command } from "commander";
import { FLOR_ERRORS } from "./error-codes.ts";
import { type Move, makeMoves, movesOf, type NodeRunner } from "./mesh-moves.ts";
import { type ClusterPlan, nodeFilesOf, planFrom, type RenderedFiles, renderFiles } from "./mesh-plans.ts";
import { commandNode, nodeCommand, orderNode } from "./node-commands.ts";
import type { Output } from "./output.ts";

interface ApplyOptions {
  readonly out: string;
  readonly via: string;
  readonly configs: string;
  readonly confirmWithin: string;
  readonly wholeWithin: string;
  readonly back?: true;
  readonly breaking?: true;
}

/** Below the folder that was rolled out: the configs that the nodes had before. */
const FORMER = ".former";
/** In the former folder: the rollout that began there is over, and the next one begins anew. */
const COMPLETE = "complete";
/** A command of ours says nothing more than this after its times are over. */
const COMMAND_SLACK_MS = 60_000;

/** `flor mesh apply`. */
export function addApplyCommand(mesh: Command, output: Output): void {
  mesh
    .command("apply")
    .description(
      "have the nodes take their configs in the order of the plan, and stop at the first one that is not whole",
    )
    .argument("<file...>", "the mesh file, or the files that are rendered together")
    .requiredOption("--out <dir>", "the folder that was rendered and rolled out last; each step is written there")
    .option("--via <command>", "runs a command on a node: {node} is its name, {host} its address", "ssh {host}")
    .option("--configs <dir>", "where nodes have link-flor.yaml and <cluster>/cluster-flor.yaml", "/etc/florenetes")
    .option("--confirm-within <time>", "a node whose config is not confirmed in time goes back by itself", "2min")
    .option("--whole-within <time>", "how long a node may take to be whole again", "30s")
    .option("--breaking", "also where the plan breaks tunnels for a while")
    .option("--back", "return to what the nodes had before the last apply")
    .action((files: readonly string[], options: ApplyOptions) => applyMeshFiles(files, options, output));
}

async function applyMeshFiles(files: readonly string[], options: ApplyOptions, output: Output): Promise<void> {
  const { out, confirmWithin, wholeWithin } = options;
  const timeoutMs = checkOptions(options);
  const all = await renderFiles(files, output);
  const plans = await planAll(all, options);
  const moves = movesOf(plans);
  const breaks = plans.flatMap(({ steps }) => steps.flatMap((step) => step.breaks));
  if (breaks.length > 0 && options.breaking !== true) {
    const { lead, at, text } = breaks[0]!;
    throw florError(
      "ERR_FLOR_APPLY_BREAKS",
      `${lead.listen} of ${lead.node} would break for a while: at ${at}, ${text}`,
    );
  }
  if (options.back !== true) {
    await all.writeLocks();
    if (moves.length > 0) await keepFormer(all, out);
  }
  const run: NodeRunner = (node, words, input) =>
    orderNode(nodeCommand(options.via, commandNode(node, all.meshes), words), { input, timeoutMs });
  const configFileOf = ({ program, cluster }: Move): string =>
    `${options.configs}/${program === "link-flor" ? "" : `${cluster}/`}${program}.yaml`;
  const onTaken = ({ node, file, text }: Move): Promise<void> => writeWhole(join(out, node, file), text);
  await makeMoves(moves, { run, configFileOf, onTaken, confirmWithin, wholeWithin, output });
  const gone = plans.flatMap((plan) => plan.gone);
  for (const node of gone) output.out(`${node} is no longer in the mesh: stop it, and remove ${join(out, node)}`);
  if (options.back === true) await rm(join(out, FORMER), { recursive: true });
  else {
    await writeRendered(out, ...all.rendered);
    if (moves.length > 0) await writeWhole(join(out, FORMER, COMPLETE), "");
  }
  output.out(moves.length === 0 ? "nothing changes" : `all ${moves.length} steps are made`);
}

async function planAll({ rendered }: RenderedFiles, { out, back }: ApplyOptions): Promise<ClusterPlan[]> {
  if (back === true && !existsSync(join(out, FORMER))) {
    throw florError("ERR_FLOR_APPLY_NO_FORMER", `${join(out, FORMER)} is not there`);
  }
  const former = ({ lock }: RenderedMesh): ReturnType<typeof readRendered> =>
    readRendered(join(out, FORMER), lock.cluster, rendered.length);
  return planFrom(out, rendered, back === true ? former : nodeFilesOf);
}

/** Keeps what the nodes have, unless a rollout is under way: then what they had before it is kept already. */
async function keepFormer({ rendered }: RenderedFiles, out: string): Promise<void> {
  const former = join(out, FORMER);
  if (existsSync(former) && !existsSync(join(former, COMPLETE))) return;
  const draft = `${former}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  for (const { lock } of rendered) {
    const file = clusterFlorFileOf(lock.cluster, rendered.length);
    for (const [node, { linkFlor, clusterFlor }] of await readRendered(out, lock.cluster, rendered.length)) {
      if (clusterFlor !== undefined) await writeWhole(join(draft, node, file), clusterFlor);
      if (linkFlor !== undefined) await writeWhole(join(draft, node, "link-flor.yaml"), linkFlor);
    }
  }
  await rm(former, { recursive: true, force: true });
  await rename(draft, former);
}

/** Returns how long a command on a node may take. @throws OperatorError `ERR_FLOR_USAGE` */
function checkOptions({ via, configs, confirmWithin, wholeWithin }: ApplyOptions): number {
  const [confirmMs, wholeMs] = [parseDuration(confirmWithin), parseDuration(wholeWithin)];
  if (confirmMs === undefined || wholeMs === undefined || wholeMs >= confirmMs)
    throw florError("ERR_FLOR_USAGE", "--confirm-within takes a time, as 2min, and --whole-within a shorter one");
  // A shell on the node may read it.
  if (!/^\/[\w./-]*$/.test(configs)) throw florError("ERR_FLOR_USAGE", `--configs takes no "${configs}"`);
  if (via.trim() === "") throw florError("ERR_FLOR_USAGE", "--via takes a command");
  return confirmMs + COMMAND_SLACK_MS;
}

function florError(code: keyof typeof FLOR_ERRORS, message: string): OperatorError {
  return new OperatorError(code, message, { advice: FLOR_ERRORS[code].advice, exitCode: EXIT_CODES.misconfigured });
}
