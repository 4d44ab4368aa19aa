import { mergeConfig } from "vitest/config";
import shared from "../vitest.config.ts";

/** Real meshes on two cores: one file at a time, and patience. */
export default mergeConfig(shared, {
  test: { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 },
});
