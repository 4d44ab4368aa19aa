import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OperatorError } from "@florenetes/operator-text";

const PROGRAMS = {
  "link-flor": "apps",
  "cluster-flor": "apps",
  "fabric-flor": "apps",
  "control-flor": "apps",
  meshlab: "tools",
} as const;

/**
 * Has the lab run the programs as they are built and deployed, though this tool runs from its sources: from their sources they would take more memory.
 * Tests have bundles of their own.
 *
 * @throws OperatorError `ERR_LAB_NOT_BUILT`
 */
export function useBundles(): Disposable {
  if (process.env["FLORENETES_BUNDLES"] !== undefined) return { [Symbol.dispose]() {} };
  const folder = mkdtempSync(join(tmpdir(), "fleetload-"));
  for (const [name, above] of Object.entries(PROGRAMS)) {
    const built = fileURLToPath(new URL(`../../../${above}/${name}/dist`, import.meta.url));
    if (!existsSync(join(built, "main.js")))
      throw new OperatorError("ERR_LAB_NOT_BUILT", `there is no ${built}/main.js`, {
        advice: "Build the project first: npm run build.",
      });
    symlinkSync(built, join(folder, name));
  }
  process.env["FLORENETES_BUNDLES"] = folder;
  return {
    [Symbol.dispose]() {
      delete process.env["FLORENETES_BUNDLES"];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
