import { join } from "node:path";
import { writeWhole } from "@florenetes/mesh-file";
import type { RolloutStep } from "@florenetes/mesh-file";
import type { Command } from "commander";
import { newNodeLines, writeNewNode } from "./new-nodes.ts";
import {
  type ClusterPlan,
  agentLines,
  linkVertexLines,
  newIdentityLines,
  nodeFilesOf,
  planFrom,
  renderFiles,
} from "./mesh-plans.ts";
import type { Output } from "./output.ts";
import { CONFIGS_DEFAULT } from "./units/places.ts";

interface PlanOptions {
  readonly out: string;
  readonly steps?: string;
  readonly json?: true;
}

const EXPLANATIONS: Record<RolloutStep["action"], string> = {
  start: "a new node: it has to run, whole but for links whose other ends come later",
  widen: "it takes what others are about to use, and keeps what they still use",
  switch: "it does all in the new way, and keeps what others still use",
  narrow: "it removes what nobody uses any more",
  change: "it takes its new config",
  stop: "the node is gone: stop it, and remove its folder",
};

/** `flor mesh plan`. */
export function addPlanCommand(mesh: Command, output: Output): void {
  mesh
    .command("plan")
    .description("say which nodes change, and in which order they take their configs so that no path breaks on the way")
    .argument("<file...>", "the mesh file, or the files that are rendered together")
    .requiredOption("--out <dir>", "the folder that was rendered and rolled out last; nothing is written there")
    .option(
      "--steps <dir>",
      "write the config of each step: <dir>/<number>-<node>/cluster-flor.yaml (and the lock file; new nodes get link-flor.yaml, too)",
    )
    .option("--json", "for programs")
    .action((files: readonly string[], options: PlanOptions) => planMeshFiles(files, options, output));
}

async function planMeshFiles(files: readonly string[], options: PlanOptions, output: Output): Promise<void> {
  const { rendered, writeLocks } = await renderFiles(files, output);
  const plans = await planFrom(options.out, rendered, nodeFilesOf);
  if (options.steps !== undefined) {
    await writeLocks();
    for (const plan of plans) await writeSteps(options.steps, plan);
  }
  const textOf = (plan: ClusterPlan): string => toText(plan, options);
  const jsonOf = (plan: ClusterPlan): object => toJson(plan, options.out);
  output.out(
    options.json === true ? JSON.stringify({ plans: plans.map(jsonOf) }, undefined, 2) : plans.map(textOf).join("\n"),
  );
}

/** The path of a step's config, below the folder of all steps. */
function fileOfStep(index: number, node: string, file: string): string {
  return join(folderOfStep(index, node), file);
}

function folderOfStep(index: number, node: string): string {
  return `${String(index + 1).padStart(3, "0")}-${node}`;
}

async function writeSteps(folder: string, { steps, newNodes }: ClusterPlan): Promise<void> {
  for (const [index, { node, action, file, text }] of steps.entries()) {
    const newNode = newNodes.find((each) => action === "start" && each.node === node);
    if (newNode !== undefined) await writeNewNode(newNode, join(folder, folderOfStep(index, node)));
    else if (text !== undefined) await writeWhole(join(folder, fileOfStep(index, node, file)), text);
  }
}

function toText(plan: ClusterPlan, { out, steps: folder = "<steps>" }: PlanOptions): string {
  const { cluster, nodes, steps, linkFlors, linkVertices, agents, newNodes, gone } = plan;
  if (steps.length + linkFlors.length + linkVertices.length + agents.length === 0) return `${cluster}: nothing changes`;
  const changed = new Set(steps.map(({ node }) => node));
  const width = Math.max(0, ...steps.map(({ node }) => node.length));
  const lines = [`${cluster}: ${changed.size} of ${nodes + gone.length} nodes change, in ${steps.length} steps`];
  for (const [index, { node, action, linksRemade: remade, breaks }] of steps.entries()) {
    lines.push(
      `  ${String(index + 1).padStart(3)}. ${node.padEnd(width)}  ${action.padEnd(6)}  ${EXPLANATIONS[action]}`,
    );
    if (remade.length > 0)
      lines.push(`       makes its links ${remade.join(", ")} again: what crosses them waits meanwhile`);
    for (const { lead, at, text } of breaks) {
      lines.push(`       breaks ${lead.listen} of ${lead.node} to ${lead.service} for a while: at ${at}, ${text}`);
    }
  }
  if (linkFlors.length > 0)
    lines.push(`  link-flor takes another config, too, at ${linkFlors.map(({ node }) => node).join(", ")}`);
  lines.push(...linkVertexLines(plan).map((line) => `  ${line}`));
  lines.push(...agentLines(plan, CONFIGS_DEFAULT).map((line) => `  ${line}`));
  lines.push(...newIdentityLines(plan, CONFIGS_DEFAULT).map((line) => `  ${line}`));
  for (const [index, { node, action }] of steps.entries()) {
    const newNode = newNodes.find((each) => action === "start" && each.node === node);
    if (newNode === undefined) continue;
    const text = newNodeLines(newNode, join(folder, folderOfStep(index, node)), CONFIGS_DEFAULT);
    lines.push(...text.map((line) => `  ${line}`));
  }
  for (const node of gone) lines.push(`  no longer in the mesh: ${join(out, node)}`);
  return lines.join("\n");
}

function toJson(
  { cluster, nodes, steps, linkFlors, linkVertices, agents, newNodes, newIdentities, gone }: ClusterPlan,
  out: string,
): object {
  return {
    cluster,
    nodes,
    steps: steps.map(({ node, action, file, linksRemade, breaks }, index) => ({
      node,
      action,
      file: action === "stop" ? null : fileOfStep(index, node, file),
      linksRemade,
      breaks: breaks.map(({ lead: { node, listen, service }, at, text }) => ({ node, listen, service, at, text })),
    })),
    linkFlors: linkFlors.map(({ node }) => node),
    linkVertices: linkVertices.map(({ node, portal }) => ({ node, portal })),
    agents: agents.map(({ node, text }) => ({ node, runs: text !== undefined })),
    newNodes: newNodes.map(({ node, identities }) => ({ node, identities })),
    newIdentities,
    gone: gone.map((node) => join(out, node)),
  };
}
