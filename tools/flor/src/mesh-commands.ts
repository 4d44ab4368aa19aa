import { writeRendered } from "@florenetes/mesh-file";
import type { Command } from "commander";
import { readLocks, readRenderable } from "./mesh-documents.ts";
import { addApplyCommand } from "./mesh-apply-command.ts";
import { addPlanCommand } from "./mesh-plan-command.ts";
import { renderFiles } from "./mesh-plans.ts";
import { addMeshStatusCommand } from "./mesh-status-command.ts";
import { addUpgradeCommand } from "./mesh-upgrade-command.ts";
import type { Output } from "./output.ts";

/** `flor mesh check`, `flor mesh render`, `flor mesh plan`, `flor mesh apply`, `flor mesh upgrade` and `flor mesh status`. */
export function addMeshCommands(program: Command, output: Output, finish: (exitCode: number) => void): void {
  const mesh = program
    .command("mesh")
    .description("check a mesh file, turn it into the config of each node, have these taken, and see how the mesh is")
    .helpCommand(false);

  mesh
    .command("check")
    .description("find what cannot work in a mesh file, or is wrong with its lock file; writes nothing")
    .argument("<file...>", "the mesh file; several, of several clusters, when they have nodes in common")
    .action((files: readonly string[]) => checkMeshFiles(files, output));

  mesh
    .command("render")
    .description("write <dir>/<node>/link-flor.yaml and cluster-flor.yaml for each node of a mesh file")
    .argument(
      "<file...>",
      "the mesh file; the labels that it was given are kept beside it, in <file>.lock. Of several files, a node that is in several has one link-flor.yaml, and cluster-flor-<cluster>.yaml for each",
    )
    .requiredOption("--out <dir>", "folder to write into")
    .action((files: readonly string[], { out }: { readonly out: string }) => renderMeshFiles(files, out, output));

  addPlanCommand(mesh, output);
  addApplyCommand(mesh, output);
  addUpgradeCommand(mesh, output);
  addMeshStatusCommand(mesh, output, finish);
}

async function checkMeshFiles(files: readonly string[], output: Output): Promise<void> {
  const documents = await readRenderable(files, output);
  await readLocks(files, documents);
  for (const [index, file] of files.entries()) {
    const { nodes, links, services, paths } = documents[index]!.mesh;
    output.out(
      `${file}: ${nodes.length} nodes, ${links.length} links, ${services.length} services, ${paths.length} paths: good`,
    );
  }
}

async function renderMeshFiles(files: readonly string[], folder: string, output: Output): Promise<void> {
  const { rendered, writeLocks } = await renderFiles(files, output);
  await writeLocks();
  for (const written of await writeRendered(folder, ...rendered)) output.out(written);
  output.out("");
  output.out("Identities that the nodes expect:");
  for (const { name, identities } of rendered.flatMap(({ nodes }) => nodes)) {
    for (const { principal, folder } of identities) output.out(`  ${name}: ${principal} in ${folder}`);
  }
}
