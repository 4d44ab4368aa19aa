import { statSync } from "node:fs";
import { relative, sep } from "node:path";
import { CONFIGS_DEFAULT } from "./places.ts";

/**
 * Says how the user of a unit gets an identity that belongs to root, which the unit could not read. Undefined when the folder is not in the
 * place of the units' identities, or does not belong to root.
 */
export function unitFolderAdvice(folder: string, configs: string = CONFIGS_DEFAULT): string | undefined {
  const [cluster = "..", ...below] = relative(configs, folder).split(sep);
  if (cluster === ".." || below.length === 0) return undefined;
  if (statSync(folder, { throwIfNoEntry: false })?.uid !== 0) return undefined;
  return `${folder} belongs to root, as whom no unit runs. Give it to the user who needs it: flor unit prepare ${cluster}`;
}
