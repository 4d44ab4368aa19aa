import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDuration } from "@florenetes/config-file";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import {
  clusterFlorFileOf,
  fabricFlorFileOf,
  LINK_FLOR_FILE,
  linkFileOf,
  readRendered,
  writeRendered,
  writeWhole,
} from "@florenetes/mesh-file";
import type { RenderedMesh } from "@florenetes/mesh-file";
import type { Command } from "commander";
import { FLOR_ERRORS } from "./error-codes.ts";
import { type Move, makeMoves, movesOf, type NodeRunner } from "./mesh-moves.ts";
import {
  type ClusterPlan,
  agentLines,
  linkVertexLines,
  newIdentityLines,
  nodeFilesOf,
  planFrom,
  type RenderedFiles,
  renderFiles,
} from "./mesh-plans.ts";
import { newNodeLines, writeNewNode } from "./new-nodes.ts";
import { commandNode, nodeCommand, orderNode } from "./node-commands.ts";
import type { Output } from "./output.ts";
import { CONFIGS_DEFAULT } from "./units/places.ts";

interface ApplyOptions {
  readonly out: string;
  readonly via: string;
  readonly configs: string;
  readonly confirmWithin: string;
  readonly wholeWithin: string;
  readonly startWithin: string;
  readonly back?: true;
  readonly breaking?: true;
}

/** The folder of the configs that the nodes had before, in the folder that is rolled out. */
const FORMER = ".former";
/** The folder of the files with which new nodes have to be started, in the folder that is rolled out. */
const NEW = ".new";
/** This file in `FORMER` says that the rollout is over, and that the next one begins anew. */
const COMPLETE = "complete";
/** Time between two looks whether a new node is there. */
const START_POLL_MS = 3_000;
/** A command of the project ends within this time after its own times are over. */
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
    .option("--configs <dir>", "where nodes have link-flor.yaml and <cluster>/cluster-flor.yaml", CONFIGS_DEFAULT)
    .option("--confirm-within <time>", "a node whose config is not confirmed in time goes back by itself", "2min")
    .option("--whole-within <time>", "how long a node may take to be whole again", "30s")
    .option("--start-within <time>", "how long a new node is waited for", "10min")
    .option("--breaking", "also where the plan breaks tunnels for a while")
    .option("--back", "return to what the nodes had before the last apply")
    .action((files: readonly string[], options: ApplyOptions) => applyMeshFiles(files, options, output));
}

async function applyMeshFiles(files: readonly string[], options: ApplyOptions, output: Output): Promise<void> {
  const { out, confirmWithin, wholeWithin } = options;
  const { timeoutMs, startWithinMs } = checkOptions(options);
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
  const newNodes = plans.flatMap((plan) => plan.newNodes);
  for (const newNode of newNodes) {
    const folder = join(out, NEW, newNode.cluster, newNode.node);
    await writeNewNode(newNode, folder);
    for (const line of newNodeLines(newNode, folder, options.configs)) output.out(line);
  }
  for (const line of plans.flatMap((plan) => newIdentityLines(plan, options.configs))) output.out(line);
  for (const line of plans.flatMap(linkVertexLines)) output.out(line);
  for (const line of plans.flatMap((plan) => agentLines(plan, options.configs))) output.out(line);
  const onTaken = async ({ node, action, file, text }: Move): Promise<void> => {
    const linkFlor = action === "start" ? newNodes.find((each) => each.node === node)?.linkFlor : undefined;
    if (linkFlor !== undefined) await writeWhole(join(out, node, LINK_FLOR_FILE), linkFlor);
    await writeWhole(join(out, node, file), text);
  };
  const waitForStart = patience(startWithinMs);
  await makeMoves(moves, { run, configFileOf, onTaken, waitForStart, confirmWithin, wholeWithin, output });
  await rm(join(out, NEW), { recursive: true, force: true });
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

/** Keeps the configs that the nodes have. During a rollout the configs from before it are kept already. */
async function keepFormer({ rendered }: RenderedFiles, out: string): Promise<void> {
  const former = join(out, FORMER);
  if (existsSync(former) && !existsSync(join(former, COMPLETE))) return;
  const draft = `${former}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  for (const { lock } of rendered) {
    const file = clusterFlorFileOf(lock.cluster, rendered.length);
    for (const [node, { linkFlor, linkVertices, clusterFlor, fabricFlor }] of await readRendered(
      out,
      lock.cluster,
      rendered.length,
    )) {
      if (clusterFlor !== undefined) await writeWhole(join(draft, node, file), clusterFlor);
      if (linkFlor !== undefined) await writeWhole(join(draft, node, LINK_FLOR_FILE), linkFlor);
      const agentFile = fabricFlorFileOf(lock.cluster, rendered.length);
      if (fabricFlor !== undefined) await writeWhole(join(draft, node, agentFile), fabricFlor);
      for (const [portal, text] of linkVertices) await writeWhole(join(draft, node, linkFileOf(portal)), text);
    }
  }
  await rm(former, { recursive: true, force: true });
  await rename(draft, former);
}

/** Returns a function that lets some time pass at each call for a node. False: `withinMs` have passed since the first call for it. */
function patience(withinMs: number): (node: string) => Promise<boolean> {
  const since = new Map<string, number>();
  return async (node) => {
    const begun = since.get(node) ?? performance.now();
    since.set(node, begun);
    if (performance.now() - begun >= withinMs) return false;
    await sleep(Math.min(START_POLL_MS, withinMs));
    return true;
  };
}

/** Returns how long a command on a node may take, and how long a new node is waited for. @throws OperatorError `ERR_FLOR_USAGE` */
function checkOptions(options: ApplyOptions): { timeoutMs: number; startWithinMs: number } {
  const { via, configs, confirmWithin, wholeWithin, startWithin } = options;
  const startWithinMs = parseDuration(startWithin);
  if (startWithinMs === undefined) throw florError("ERR_FLOR_USAGE", "--start-within takes a time, as 10min");
  const [confirmMs, wholeMs] = [parseDuration(confirmWithin), parseDuration(wholeWithin)];
  if (confirmMs === undefined || wholeMs === undefined || wholeMs >= confirmMs)
    throw florError("ERR_FLOR_USAGE", "--confirm-within takes a time, as 2min, and --whole-within a shorter one");
  // A shell on the node may read the path.
  if (!/^\/[\w./-]*$/.test(configs)) throw florError("ERR_FLOR_USAGE", `--configs takes no "${configs}"`);
  if (via.trim() === "") throw florError("ERR_FLOR_USAGE", "--via takes a command");
  return { timeoutMs: confirmMs + COMMAND_SLACK_MS, startWithinMs };
}

function florError(code: keyof typeof FLOR_ERRORS, message: string): OperatorError {
  return new OperatorError(code, message, { advice: FLOR_ERRORS[code].advice, exitCode: EXIT_CODES.misconfigured });
}
