import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { loadVpnConfig } from "../src/config/vpn-config-file.ts";
import { vpnConfigSchema } from "../src/config/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), vpnConfigSchema, loadVpnConfig);
