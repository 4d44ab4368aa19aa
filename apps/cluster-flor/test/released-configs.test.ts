import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadClusterConfig } from "../src/config/cluster-config-file.ts";
import { clusterConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), clusterConfigSchema, loadClusterConfig);
