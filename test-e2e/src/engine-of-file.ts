/** Is loaded before each file of tests: says with which QUIC engine its meshes run. `FLORENETES_ENGINE` of the caller stands over it. */
import { basename } from "node:path";
import { nativeEngine } from "@florenetes/quic/native";
import { expect } from "vitest";

/** Files of tests that run with the native engine where it is built. All others run with what `auto` takes. */
const withNative = new Set([
  "mass-connections",
  "parallel-links",
  "paths",
  "rebinding",
  "renewal",
  "restart-of-an-end",
  "roles",
  "signals-hup",
  "static-lsp",
]);

const file = basename(expect.getState().testPath!, ".test.ts");
if (withNative.has(file) && nativeEngine() !== undefined) process.env["FLORENETES_ENGINE"] ??= "native";
