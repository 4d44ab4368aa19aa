import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadFabricConfig } from "../src/config/fabric-config-file.ts";
import { fabricConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), fabricConfigSchema, loadFabricConfig);
