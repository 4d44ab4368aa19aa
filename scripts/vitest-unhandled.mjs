// A reporter for vitest: keeps errors that no test has caught. A run with such an error fails although each test of it has passed, and
// vitest's report in JSON does not mention it.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export default class UnhandledErrors {
  #file;

  /** @param options Of vitest: the file of the report beside which the errors are kept */
  constructor({ outputFile }) {
    this.#file = unhandledFileOf(outputFile);
  }

  onTestRunStart() {
    rmSync(this.#file, { force: true });
  }

  onTestRunEnd(_modules, errors) {
    if (errors.length === 0) return;
    const kept = errors.map(({ name, message, stack, VITEST_TEST_PATH: file, VITEST_TEST_NAME: test }) => {
      return { text: stack ?? `${name}: ${message}`, file, test };
    });
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(kept));
  }
}

/** The file of the errors outside all tests, for the file of a report. */
export function unhandledFileOf(report) {
  return report.replace(/\.json$/, ".unhandled.json");
}
