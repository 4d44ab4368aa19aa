import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** Some tests start programs. No test leaves its process changed: a worker takes file after file, and loads the sources once. */
export default mergeConfig(shared, defineConfig({ test: { globalSetup: "../../vitest.programs.ts", isolate: false } }));
