import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const outputFile = `.test-results/${process.env["npm_lifecycle_event"] ?? "test"}.json`;
const unhandled = fileURLToPath(new URL("scripts/vitest-unhandled.mjs", import.meta.url));
const cpuTimes = fileURLToPath(new URL("scripts/vitest-cpu.mjs", import.meta.url));
const conditions = ["@florenetes/source"];

/** Every workspace tests its sources, not its build: the custom condition leads imports to `src`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: [cpuTimes],
    // Timeouts end what hangs. A busy machine may take twenty times as long for the same computation.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Many tests mostly wait. (On two cores the default is one.)
    maxWorkers: 2,
    // The machine-readable reports are what scripts/test.mjs sums up.
    reporters: [
      ["default", { summary: false }],
      ["json", { outputFile }],
      [unhandled, { outputFile }],
    ],
  },
});
