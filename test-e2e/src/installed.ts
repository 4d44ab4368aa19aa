import { missingPrograms } from "@florenetes/workloads";

/**
 * Whether all these are installed: programs by name, other files by their absolute path. Otherwise says on standard error which tests are left
 * out, and why.
 */
export function areInstalled(tests: string, ...programs: readonly string[]): boolean {
  const missing = missingPrograms(programs);
  if (missing.length > 0) process.stderr.write(`left out: ${tests} (not installed: ${missing.join(", ")})\n`);
  return missing.length === 0;
}
