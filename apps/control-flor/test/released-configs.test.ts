import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadControlConfig } from "../src/config/control-config-file.ts";
import { controlConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), controlConfigSchema, loadControlConfig);
