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
  "sim-*",
  "static-lsp",
  "texts-of-others",
  "two-clusters",
].join("|");

/** By far the longest of them: they begin first, so that nobody waits for them alone at the end. */
const longest = ["/programs.test.ts", "/sim-meshes.test.ts"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(name));
    return (await super.sort(files)).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
  }
}

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

/** Real meshes on two cores. All others count bytes, memory or milliseconds: each has the machine for itself. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      sequence: { sequencer: LongestFirst },
      projects: [
        {
          extends: true,
          test: {
            name: "three at a time",
            exclude: [`test/!(${patient}).test.ts`],
            ...slow,
            maxWorkers: 3,
            sequence: { groupOrder: 1 },
          },
        },
        {
          extends: true,
          test: {
            name: "alone",
            exclude: [`test/@(${patient}).test.ts`],
            ...slow,
            fileParallelism: false,
            maxConcurrency: 3,
            sequence: { groupOrder: 2 },
          },
        },
      ],
    },
  }),
);
