import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadUpdateConfig } from "../src/config/update-config.ts";
import { updateConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), updateConfigSchema, loadUpdateConfig);
