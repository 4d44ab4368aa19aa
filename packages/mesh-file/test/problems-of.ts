import { OperatorErrors } from "@florenetes/operator-text";
import { parseMesh, requireRenderable } from "../src/index.ts";

/** The codes of what is wrong with mesh files that are given together, each with its file (`/mesh0.yaml` for the first) and line. */
export function problemsOf(...texts: readonly string[]): readonly string[] {
  try {
    requireRenderable(texts.map((text, index) => parseMesh(text, `/mesh${index}.yaml`)));
    return [];
  } catch (error) {
    if (!(error instanceof OperatorErrors)) throw error;
    return error.problems.map(({ code, where }) => `${code} ${where?.file}:${where?.line}`);
  }
}
