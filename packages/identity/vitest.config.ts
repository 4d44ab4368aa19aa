import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** Tests here undo the changes that they make to their process: a worker takes file after file, and loads the sources once. */
export default mergeConfig(shared, defineConfig({ test: { isolate: false } }));
