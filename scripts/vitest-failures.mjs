// Reads failures out of the reports that vitest writes.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { unhandledFileOf } from "./vitest-unhandled.mjs";

/** The failures in vitest's report of a workspace, each with its file, the own title of its test (undefined: it was outside all tests), a name, and the text to be told. */
export function failuresIn(root, folder, report) {
  const unhandled = existsSync(unhandledFileOf(report)) ? readJson(unhandledFileOf(report)) : [];
  return [...failedTests(root, folder, readJson(report)), ...unhandled.map((error) => outside(root, folder, error))];
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** An error that no test has caught: vitest knows in which file it was, and which test came last. */
function outside(root, folder, { text, file, test }) {
  const name = `${file === undefined ? folder : relative(root, file)}: an error that no test has caught`;
  const after = test === undefined ? "" : `, during "${test}" or after it`;
  const place = file === undefined ? { folder } : { folder, file: relative(join(root, folder), file) };
  return { ...place, name, text: `${name}${after}\n${withoutLibraries(text)}` };
}

function failedTests(root, folder, result) {
  return result.testResults
    .filter(({ status }) => status === "failed")
    .flatMap((file) => {
      const place = { folder, file: relative(join(root, folder), file.name) };
      const name = relative(root, file.name);
      const tests = file.assertionResults.filter(({ status }) => status === "failed");
      // A hook, or a file that does not load: no test of it has failed, but nor have they all run.
      if (tests.length === 0) return [{ ...place, name, text: `${name}\n${withoutLibraries(file.message)}` }];
      return tests.map((test) => {
        const title = `${name} > ${test.fullName}`;
        return {
          ...place,
          title: test.title,
          name: title,
          text: `${title}\n${withoutLibraries(test.failureMessages.join("\n"))}`,
        };
      });
    });
}

/** An error's message and stack, without the lines that say where in the test library it was. */
function withoutLibraries(text) {
  return text
    .split("\n")
    .filter((line) => !/^ +at (.*node_modules|new Promise)/.test(line))
    .join("\n");
}
