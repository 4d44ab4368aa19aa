// Adds up what several runs have passed, failed and skipped, and says it in one last line: `N passed, N failed, N skipped`. Exits non-zero when anything
// failed, nothing ran, or a run did not sum up.
//
//   node scripts/add-sums.mjs NAME=FILE…        each file as `--sums FILE` wrote it
import { existsSync, readFileSync } from "node:fs";

const total = { passed: 0, failed: 0, skipped: 0 };
for (const argument of process.argv.slice(2)) {
  const [name, file] = argument.split("=");
  if (!existsSync(file)) {
    total.failed += 1;
    console.log(`FAILED: ${name} ended and did not sum up`);
    continue;
  }
  const { failures, unsteady = [], ...sums } = JSON.parse(readFileSync(file, "utf8"));
  for (const key of Object.keys(total)) total[key] += sums[key];
  for (const each of [...unsteady, ...failures]) console.log(each);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
