import {
  lockFileOf,
  readLock,
  readMesh,
  renderMesh,
  reportProblems,
  requireRenderable,
  writeLock,
  writeRendered,
} from "@florenetes/mesh-file";
import { formatOperatorError, OperatorErrors } from "@florenetes/process-kit";
import type { Command } from "commander";
import type { Output } from "./output.ts";

/** `flor mesh check` and `flor mesh render`. */
export function addMeshCommands(program: Command, output: Output): void {
  const mesh = program
    .command("mesh")
    .description("check a mesh file, and turn it into the config of each node")
    .helpCommand(false);

  mesh
    .command("check")
    .description("find what cannot work in a mesh file; writes nothing")
    .argument("<file>", "the mesh file")
    .action((file: string) => checkMeshFile(file, output));

  mesh
    .command("render")
    .description("write <dir>/<node>/link-flor.yaml and cluster-flor.yaml for each node of a mesh file")
    .argument("<file>", "the mesh file; the labels that it was given are kept beside it, in <file>.lock")
    .requiredOption("--out <dir>", "folder to write into")
    .action((file: string, { out }: { readonly out: string }) => renderMeshFile(file, out, output));
}

async function checkMeshFile(file: string, output: Output): Promise<void> {
  const document = await readMesh(file);
  const { errors, warnings } = reportProblems(document);
  for (const warning of warnings) output.err(`warning: ${formatOperatorError(warning)}`);
  if (errors.length > 0) throw new OperatorErrors(errors);
  const { nodes, links, services, paths } = document.mesh;
  output.out(
    `${file}: ${nodes.length} nodes, ${links.length} links, ${services.length} services, ${paths.length} paths: good`,
  );
}

async function renderMeshFile(file: string, folder: string, output: Output): Promise<void> {
  const document = await readMesh(file);
  requireRenderable(document);
  for (const warning of reportProblems(document).warnings) output.err(`warning: ${formatOperatorError(warning)}`);
  const lockFile = lockFileOf(file);
  const rendered = renderMesh(document.mesh, await readLock(lockFile, document.mesh));
  // The labels first: a config in use must never hold a label that a later run could give to something else.
  await writeLock(lockFile, rendered.lock);
  for (const written of await writeRendered(folder, rendered)) output.out(written);
  output.out("");
  output.out("Identities that the nodes expect:");
  for (const { name, identities } of rendered.nodes) {
    for (const { principal, folder } of identities) output.out(`  ${name}: ${principal} in ${folder}`);
  }
}
