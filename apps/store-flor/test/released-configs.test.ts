import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadStoreConfig } from "../src/config/store-config-file.ts";
import { storeConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), storeConfigSchema, loadStoreConfig);
