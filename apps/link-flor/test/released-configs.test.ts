import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadLinkConfig } from "../src/config/link-config-file.ts";
import { linkConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), linkConfigSchema, loadLinkConfig);
