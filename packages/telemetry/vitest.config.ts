import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** No test here changes the process that it runs in for good: a worker takes file after file, and loads the sources once. */
export default mergeConfig(shared, defineConfig({ test: { isolate: false } }));
