import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { describe } from "vitest";
import { issuerConfigSchema, loadIssuerConfig } from "../src/issuer/issuer-config.ts";
import { loadRenewalConfig, renewalConfigSchema } from "../src/renewal/renewal-config.ts";

describe("an issuer", () => {
  testReleasedConfigs(join(import.meta.dirname, "issuer-configs"), issuerConfigSchema, loadIssuerConfig);
});

describe("renewals", () => {
  testReleasedConfigs(join(import.meta.dirname, "renewal-configs"), renewalConfigSchema, loadRenewalConfig);
});
