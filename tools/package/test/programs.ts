import { missingPrograms } from "@florenetes/workloads";

/** Whether a program that judges what is made is installed. Otherwise says on standard error which test is left out, and why. */
export function isInstalled(program: string, test: string): boolean {
  if (missingPrograms([program]).length === 0) return true;
  process.stderr.write(`left out: ${test} (not installed: ${program})\n`);
  return false;
}
