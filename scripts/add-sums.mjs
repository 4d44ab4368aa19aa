// Adds up what several runs have passed, failed and skipped, and says it in one last line: `N passed, N failed, N skipped`. Exits non-zero when anything
// failed, nothing ran, or a run did not sum up.
//
//   node scripts/add-sums.mjs NAME=FILE…        each file as `--sums FILE` wrote it
import { existsSync } from "node:fs";
import { addSums, fail, sumUp } from "./test-sums.mjs";

for (const argument of process.argv.slice(2)) {
  const [name, file] = argument.split("=");
  if (existsSync(file)) addSums(file);
  else fail(`${name} ended and did not sum up`);
}
sumUp();
