// Reads failures out of the reports that vitest writes.
import { join, relative } from "node:path";

/** The failures in vitest's report of a workspace, each with its file, a name, and the text to be told. */
export function failuresIn(root, folder, result) {
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
        return { ...place, name: title, text: `${title}\n${withoutLibraries(test.failureMessages.join("\n"))}` };
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
