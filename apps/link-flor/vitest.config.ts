import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** Files that run a second time with a data thread, which must not be seen from outside. */
const withLane = ["links", "revocation"];
const addOn = fileURLToPath(new URL("../../packages/data-plane/addon/florenetes-data-plane.node", import.meta.url));
const hasLane = existsSync(addOn);
if (!hasLane)
  process.stdout.write(`skipped: tests of ${withLane.join(" and ")} with a data thread, as its add-on is not built\n`);

/** No test here changes or measures the process that it runs in: a worker takes file after file, and loads the sources once. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      isolate: false,
      globalSetup: "../../vitest.programs.ts",
      projects: [
        { extends: true, test: { name: "link-flor" } },
        ...(hasLane
          ? [
              {
                extends: true,
                test: {
                  name: "with a data thread",
                  exclude: [`test/!(processes)/**`, `test/processes/!(${withLane.join("|")}).test.ts`],
                  env: { FLORENETES_ENGINE: "native" },
                },
              },
            ]
          : []),
      ],
    },
  }),
);
