import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/**
 * Labs have a keeper each, and some have real vertices: bundles of the programs start in half of the time that their sources take. No test leaves its
 * process changed: a worker takes file after file, and loads the sources once.
 */
export default mergeConfig(shared, defineConfig({ test: { globalSetup: "../../vitest.programs.ts", isolate: false } }));
