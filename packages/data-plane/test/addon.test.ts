import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openDataPlane } from "../src/index.ts";

const isBuilt = existsSync(fileURLToPath(new URL("../addon/florenetes-data-plane.node", import.meta.url)));

test.skipIf(!isBuilt)("the add-on that the build made loads (skipped where there is no cargo)", () => {
  expect(openDataPlane()).toMatchObject({ kind: "native" });
});

test.skipIf(isBuilt)("where the add-on is not built, it says so, and what to do (skipped where it is built)", () => {
  expect(openDataPlane()).toStrictEqual({
    kind: "absent",
    reason: "it is not built: `npm run build` says what it needs",
  });
});
