import { lockFileOf, readLock, readMesh, reportProblems, requireRenderable } from "@florenetes/mesh-file";
import type { LabelLock, MeshDocument } from "@florenetes/mesh-file";
import { formatOperatorError } from "@florenetes/operator-text";
import type { Output } from "./output.ts";

/** The lock file of each mesh file. */
export function readLocks(files: readonly string[], documents: readonly MeshDocument[]): Promise<LabelLock[]> {
  return Promise.all(files.map((file, index) => readLock(lockFileOf(file), documents[index]!.mesh)));
}

/**
 * Reads mesh files from which configs can be made. Warnings go to `output`.
 *
 * @throws OperatorErrors when the files have errors
 */
export async function readRenderable(files: readonly string[], output: Output): Promise<readonly MeshDocument[]> {
  const documents = await Promise.all(files.map(readMesh));
  for (const warning of documents.flatMap((document) => reportProblems(document).warnings)) {
    output.err(`warning: ${formatOperatorError(warning)}`);
  }
  requireRenderable(documents);
  return documents;
}
