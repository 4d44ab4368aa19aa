/**
 * Revocation ends sessions that a data thread has, too: these are tests of it, with the native engine.
 */
import { openDataPlane } from "@florenetes/data-plane";
import { test } from "vitest";

if (openDataPlane().kind === "native") {
  process.env["FLORENETES_ENGINE"] = "native";
  await import("./revocation.test.ts");
} else test.skip("there is no data thread where the add-on is not built", () => {});
