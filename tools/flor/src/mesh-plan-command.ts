import { randomInt } from "node:crypto";
import { join } from "node:path";
import {
  clusterFlorFileOf,
  formatNodeConfig,
  lockFileOf,
  parseNodeConfig,
  planRollout,
  readRendered,
  renderMeshes,
  writeLock,
  writeWhole,
} from "@florenetes/mesh-file";
import type { NodeConfig, NodeFiles, RenderedMesh, RolloutStep } from "@florenetes/mesh-file";
import type { Command } from "commander";
import { readLocks, readRenderable } from "./mesh-documents.ts";
import type { Output } from "./output.ts";

interface PlanOptions {
  readonly out: string;
  readonly steps?: string;
  readonly json?: true;
}

/** How one cluster's nodes get their configs. */
interface ClusterPlan {
  readonly cluster: string;
  readonly nodes: number;
  readonly steps: readonly (RolloutStep & { readonly file: string })[];
  /** Nodes whose link-flor gets another config. */
  readonly linkFlors: readonly string[];
  /** Folders of nodes that are no longer in the mesh. */
  readonly gone: readonly string[];
}

const EXPLANATIONS: Record<RolloutStep["action"], string> = {
  start: "a new node: start it",
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
      "write the config of each step: <dir>/<number>-<node>/cluster-flor.yaml (and the lock file)",
    )
    .option("--json", "for programs")
    .action((files: readonly string[], options: PlanOptions) => planMeshFiles(files, options, output));
}

async function planMeshFiles(files: readonly string[], options: PlanOptions, output: Output): Promise<void> {
  const documents = await readRenderable(files, output);
  const meshes = documents.map(({ mesh }) => mesh);
  const rendered = renderMeshes(meshes, randomInt, await readLocks(files, documents));
  const plans = await Promise.all(
    rendered.map(async (mesh) => {
      const { cluster } = mesh.lock;
      const before = await readRendered(options.out, cluster, meshes.length);
      return planCluster(cluster, options.out, clusterFlorFileOf(cluster, meshes.length), before, mesh);
    }),
  );
  if (options.steps !== undefined) {
    for (const [index, file] of files.entries()) await writeLock(lockFileOf(file), rendered[index]!.lock);
    for (const [index, plan] of plans.entries()) await writeSteps(options.steps, plan, rendered[index]!);
  }
  output.out(
    options.json === true ? JSON.stringify({ plans: plans.map(toJson) }, undefined, 2) : plans.map(toText).join("\n"),
  );
}

function planCluster(
  cluster: string,
  folder: string,
  fileName: string,
  before: ReadonlyMap<string, NodeFiles>,
  after: RenderedMesh,
): ClusterPlan {
  const first = new Map<string, NodeConfig>();
  for (const [node, { clusterFlor }] of before) {
    if (clusterFlor !== undefined) first.set(node, parseNodeConfig(clusterFlor, join(folder, node, fileName)));
  }
  const last = new Map(
    after.nodes.map(({ name, clusterFlor }) => [name, parseNodeConfig(clusterFlor, `${name}/${fileName}`)]),
  );
  const steps = planRollout(first, last).map((step, index) => {
    return { ...step, file: join(`${String(index + 1).padStart(3, "0")}-${step.node}`, fileName) };
  });
  const linkFlors = after.nodes.filter(
    ({ name, linkFlor }) => before.has(name) && before.get(name)!.linkFlor !== linkFlor,
  );
  return {
    cluster,
    nodes: after.nodes.length,
    steps,
    linkFlors: linkFlors.map(({ name }) => name),
    gone: [...first.keys()].filter((node) => !last.has(node)).map((node) => join(folder, node)),
  };
}

async function writeSteps(folder: string, { steps }: ClusterPlan, { nodes }: RenderedMesh): Promise<void> {
  for (const { node, action, config, file } of steps) {
    const last = nodes.find(({ name }) => name === node)?.clusterFlor;
    const isLast = action !== "widen" && action !== "switch";
    const text =
      isLast || config === undefined ? last : formatNodeConfig(config, ` Node ${node} on its way to another config.`);
    if (text !== undefined) await writeWhole(join(folder, file), text);
  }
}

function toText({ cluster, nodes, steps, linkFlors, gone }: ClusterPlan): string {
  if (steps.length === 0 && linkFlors.length === 0) return `${cluster}: nothing changes`;
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
  if (linkFlors.length > 0) lines.push(`  link-flor takes another config, too, at ${linkFlors.join(", ")}`);
  for (const folder of gone) lines.push(`  no longer in the mesh: ${folder}`);
  return lines.join("\n");
}

function toJson({ cluster, nodes, steps, linkFlors, gone }: ClusterPlan): object {
  return {
    cluster,
    nodes,
    steps: steps.map(({ node, action, file, linksRemade, breaks }) => ({
      node,
      action,
      file: action === "stop" ? null : file,
      linksRemade,
      breaks: breaks.map(({ lead: { node, listen, service }, at, text }) => ({ node, listen, service, at, text })),
    })),
    linkFlors,
    gone,
  };
}
