import { defineConfig, mergeConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import shared from "../vitest.config.ts";

/** Scenarios that mostly wait, and ask for nothing that a neighbour could take from them: three at a time. */
const patient = [
  "attack-local",
  "bad-input-*",
  "demo",
  "expiry",
  "fake-link-vertex",
  "foreign-authority",
  "identity-kinds",
  "leak-in-between",
  "lost-lists",
  "metrics",
  "parallel-links",
  "portal-rooms*",
  "programs",
  "renewal",
  "restart-of-an-end",
  "revocation-lists",
  "roles",
  "signals-*",
  "sim-workloads",
  "static-lsp",
  "texts-of-others",
  "two-clusters",
];

/** The hostile suite asks for counts and memory of its own processes, and for no time; the simulated meshes compute, wait for nothing,
 *  and take what the suite leaves of the machine. */
const sideBySide = ["attack-hostile", "sim-meshes", "sim-meshes-large"];
const others = [...patient, ...sideBySide].join("|");

/** By far the longest of the patient ones: it begins first, so that nobody waits for it alone at the end. */
const longest = "/programs.test.ts";

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(longest);
    return (await super.sort(files)).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
  }
}

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

/** Real meshes on two cores. All others count milliseconds, or what only a quiet machine can do: each has it for itself. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      globalSetup: "../vitest.programs.ts",
      sequence: { sequencer: LongestFirst },
      projects: [
        {
          extends: true,
          test: {
            name: "three at a time",
            exclude: [`test/!(${patient.join("|")}).test.ts`],
            ...slow,
            maxWorkers: 3,
            sequence: { groupOrder: 1 },
          },
        },
        {
          extends: true,
          test: {
            name: "side by side",
            exclude: [`test/!(${sideBySide.join("|")}).test.ts`],
            ...slow,
            maxWorkers: sideBySide.length,
            maxConcurrency: 3,
            sequence: { groupOrder: 2 },
          },
        },
        {
          extends: true,
          test: {
            name: "alone",
            exclude: [`test/@(${others}).test.ts`],
            ...slow,
            fileParallelism: false,
            sequence: { groupOrder: 3 },
          },
        },
      ],
    },
  }),
);
