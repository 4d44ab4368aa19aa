import { existsSync, readFileSync } from "node:fs";
import type { OperatorError } from "@florenetes/operator-text";
import { checkStateDirectory } from "@florenetes/process-kit";
import type { UpdateConfig } from "../config/update-config.ts";
import { updateError } from "../update-errors.ts";

/** Programs of the system without which no update is possible. */
const PROGRAMS = [
  "/usr/bin/dpkg",
  "/usr/bin/dpkg-deb",
  "/usr/bin/dpkg-query",
  "/usr/bin/apt-get",
  "/usr/bin/systemctl",
];

/** Checks all that a config names outside of its file. The check changes nothing. */
export function checkUpdateFlor({ state, repositoryRoot }: UpdateConfig): readonly OperatorError[] {
  const problems = [checkStateDirectory(state), checkRepositoryRoot(repositoryRoot)];
  for (const program of PROGRAMS)
    if (!existsSync(program)) problems.push(updateError("ERR_UPDATE_SYSTEM", `the machine has no ${program}`));
  return problems.filter((problem) => problem !== undefined);
}

function checkRepositoryRoot(file: string): OperatorError | undefined {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return undefined;
  } catch (error) {
    return updateError("ERR_UPDATE_STATE", `${file}: ${(error as Error).message}`, error);
  }
}
