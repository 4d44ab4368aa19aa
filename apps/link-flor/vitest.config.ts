import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** Files that run a second time over the portable engine: the data thread, which the native one has, must not be seen from outside, and memory is bounded with either. */
const portableToo = ["many-wishes", ...(process.env["FLORENETES_SOAK"] ? ["neighbours", "reload"] : [])];
const addOn = fileURLToPath(new URL("../../packages/data-plane/addon/florenetes-data-plane.node", import.meta.url));
const hasNative = existsSync(addOn);
// Whoever only looks at the config runs nothing.
if (!hasNative && process.env["VITEST"] !== undefined)
  process.stdout.write(
    `tests of ${portableToo.join(" and ")} run over the portable engine alone, as the add-on of the native one is not built\n`,
  );

/** No test here changes or measures the process that it runs in: a worker takes file after file, and loads the sources once. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      isolate: false,
      globalSetup: "../../vitest.programs.ts",
      projects: [
        { extends: true, test: { name: "link-flor", exclude: ["test/**/with-lanes.test.ts"] } },
        // `with-lanes` loads other test files again, with another wire: a worker that had loaded these files before would find no tests in them.
        { extends: true, test: { name: "with lanes", exclude: ["test/**/!(with-lanes).test.ts"], isolate: true } },
        ...(hasNative
          ? [
              {
                extends: true,
                test: {
                  name: "over the portable engine",
                  exclude: [`test/!(processes)/**`, `test/processes/!(${portableToo.join("|")}).test.ts`],
                  env: { FLORENETES_ENGINE: "portable" },
                },
              },
            ]
          : []),
      ],
    },
  }),
);
