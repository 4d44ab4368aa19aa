/**
 * Two link-flor processes are the same to their neighbours and cluster vertices where a data thread carries their links: these are tests
 * of theirs, with the native engine.
 */
import { openDataPlane } from "@florenetes/data-plane";
import { test } from "vitest";

if (openDataPlane().kind === "native") {
  process.env["FLORENETES_ENGINE"] = "native";
  await import("./links.test.ts");
} else test.skip("there is no data thread where the add-on is not built", () => {});
