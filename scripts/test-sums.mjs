// The sums of a run of tests, and what it has to tell at its end.
import { readFileSync, writeFileSync } from "node:fs";

export const total = { passed: 0, failed: 0, skipped: 0 };
/** Failures and their reasons, told again at the end, when their first mention is far up. */
const failures = [];
/** Failures that a second run did not have: a test that fails now and then is a fault of the test or of the product. */
const unsteady = [];

export function fail(what) {
  total.failed += 1;
  const text = `FAILED: ${what}`;
  failures.push(text);
  console.log(text);
}

/** @param failed Names of tests that passed the second time, each with what it said the first time in further lines */
export function addPassedAgain(failed) {
  total.passed += failed.length;
  for (const text of failed) unsteady.push(`UNSTEADY (it passed when it was judged again): ${text}`);
}

/** Adds what another run has written: `sumUp`, or a tool that runs no test twice. */
export function addSums(file) {
  const { passed, failed, skipped, failures: told, unsteady: again = [] } = JSON.parse(readFileSync(file, "utf8"));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  failures.push(...told);
  unsteady.push(...again);
}

/** Tells all of it, also to a file if one is given; the process fails if anything failed or nothing ran. */
export function sumUp(file) {
  for (const each of [...unsteady, ...failures]) console.log(each);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (file !== undefined) writeFileSync(file, JSON.stringify({ ...total, failures, unsteady }));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}
